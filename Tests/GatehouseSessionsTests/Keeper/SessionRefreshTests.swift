import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Sessions whose people are asked about again")
struct SessionRefreshTests {
    @Test("see what a backend says later, and end when it says the user is gone")
    func refresh() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        keeping.clock.advance(by: .seconds(1))
        let changed = Identity(user: Keeping.alice.user, name: "alice.liddell", isStaff: true, groups: ["queens"])
        try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in changed }
        #expect(try await keeping.keeper.signedIn(with: token, now: keeping.clock.now)?.identity == changed)
        try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in nil }
        #expect(try await keeping.isSignedIn(token) == false)
        // Nobody's identity: nothing is written for a user without sessions, or under another user's name.
        let count = keeping.store.dump.count
        try await keeping.keeper.refresh(Keeping.bob.user, now: keeping.clock.now) { _ in Keeping.bob }
        #expect(keeping.store.dump.count == count)
        let again = try await keeping.start().token
        try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in Keeping.bob }
        #expect(try await keeping.isSignedIn(again) == false)
    }

    @Test("end at a refresh with another password, and go on where nothing was known of it before")
    func passwordKnownLater() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        let (first, second) = (Octets16(high: 1, low: 1), Octets16(high: 1, low: 2))
        func refresh(_ credential: Octets16?) async throws -> SessionKeeper.RefreshOutcome {
            let known = Keeping.alice.with(credential: credential)
            return try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in known }
        }
        #expect(try await refresh(first) == .refreshed)
        #expect(try await keeping.isSignedIn(token))
        #expect(try await refresh(first) == .refreshed)
        #expect(try await refresh(second) == .ended(1))
        #expect(try await keeping.isSignedIn(token) == false)
        // A backend that does not tell any more says nothing about whose session it is.
        let again = try await keeping.start(Keeping.alice.with(credential: second)).token
        #expect(try await refresh(nil) == .ended(1))
        #expect(try await keeping.isSignedIn(again) == false)
    }

    @Test("end when a backend that was asked before tells of a password for the first time: somebody changed it")
    func firstChange() async throws {
        let keeping = try Keeping()
        func alice(_ credential: Octets16?) -> Identity {
            Identity(user: Keeping.alice.user, name: "alice", credential: credential, typed: "alice")
        }
        let token = try await keeping.start(alice(nil)).token
        func refresh(_ credential: Octets16?) async throws -> SessionKeeper.RefreshOutcome {
            try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in alice(credential) }
        }
        #expect(try await refresh(nil) == .refreshed)
        #expect(try await refresh(Octets16(high: 1, low: 1)) == .ended(1))
        #expect(try await keeping.isSignedIn(token) == false)
        // Also if the person signs in with the new one before anybody asks.
        let second = try await keeping.start(alice(nil)).token
        let third = try await keeping.start(alice(Octets16(high: 1, low: 2))).token
        #expect(try await keeping.isSignedIn(second) == false)
        #expect(try await keeping.isSignedIn(third))
    }
}
