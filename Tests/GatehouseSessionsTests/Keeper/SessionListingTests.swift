import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("The sessions of one person")
struct SessionListingTests {
    private let keeping: Keeping

    init() throws { keeping = try Keeping() }

    private func listed(_ user: UserReference = Keeping.alice.user) async throws -> [ListedSession] {
        try await keeping.keeper.sessions(of: user, now: keeping.clock.now)
    }

    private func start(_ count: Int) async throws -> [SecretToken] {
        var tokens: [SecretToken] = []
        for _ in 0..<count {
            keeping.clock.advance(by: .seconds(1))
            tokens.append(try await keeping.start().token)
        }
        return tokens
    }

    @Test("are listed with the newest first, and nobody else's are among them")
    func order() async throws {
        _ = try await start(3)
        _ = try await keeping.start(Keeping.bob)
        let moments = try await listed().map(\.session.signedInAt)
        #expect(moments.count == 3)
        #expect(moments == moments.sorted(by: >))
        #expect(try await listed(Keeping.bob.user).count == 1)
    }

    @Test("end one by one by an id that is not the cookie")
    func endOne() async throws {
        let tokens = try await start(2)
        let newest = try #require(try await listed().first)
        let id = try #require(SessionID(text: newest.id.text))
        #expect(id == newest.id)
        #expect(try await keeping.keeper.end(id))
        #expect(try await keeping.keeper.end(id) == false)
        #expect(try await keeping.isSignedIn(tokens[0]))
        #expect(try await keeping.isSignedIn(tokens[1]) == false)
        #expect(try await listed().count == 1)
    }

    @Test("are at most ten: the oldest one ends when another begins")
    func limit() async throws {
        let tokens = try await start(13)
        for (number, token) in tokens.enumerated() {
            #expect(try await keeping.isSignedIn(token) == (number >= 3), "session \(number)")
        }
        #expect(try await listed().count == 10)
    }

    @Test("that expired leave no entry behind and take nobody's place")
    func expired() async throws {
        _ = try await start(9)
        keeping.clock.advance(by: .seconds(2 * 3_600))
        #expect(try await listed().isEmpty)
        let tokens = try await start(10)
        for token in tokens { #expect(try await keeping.isSignedIn(token)) }
        let vault = try keeping.secrets.makeVault()
        let entries = try await keeping.store.members(of: vault.userSessionsKey(try vault.id(of: Keeping.alice.user)))
        #expect(entries.count == 10)
    }

    @Test("that an epoch ended are not listed")
    func epoch() async throws {
        _ = try await start(2)
        _ = try await keeping.keeper.endAll(of: Keeping.alice.user, now: keeping.clock.now)
        #expect(try await listed().isEmpty)
        _ = try await start(1)
        #expect(try await listed().count == 1)
    }

    @Test("have ids of 22 characters and no other spelling", arguments: ["", "a", "AAAAAAAAAAAAAAAAAAAAAB", "ä"])
    func foreignID(text: String) { #expect(SessionID(text: text) == nil) }

    @Test("never go back to an older answer of the backend")
    func staleAnswer() async throws {
        let token = try await keeping.start().token
        let old = Identity(user: Keeping.alice.user, name: "alice", groups: ["old"])
        let new = Identity(user: Keeping.alice.user, name: "alice", groups: ["new"])
        let keeper = keeping.keeper
        let now = keeping.clock.now
        // While the slow question is under way somebody else changes the person and says so at once.
        let asked = Counter()
        try await keeper.refresh(Keeping.alice.user, now: now) { _ async throws(BackendError) in
            guard await asked.next() == 1 else { return new }
            do {
                try await keeper.refresh(Keeping.alice.user, now: now) { _ in new }
            } catch {
                throw .unavailable(reason: "\(error)")
            }
            return old
        }
        #expect(try await keeper.signedIn(with: token, now: now)?.identity == new)
        #expect(await asked.value == 2)
    }
}

@Suite("A password that changed")
struct CredentialTests {
    private let keeping: Keeping
    private let first = Octets16(high: 1, low: 1)
    private let second = Octets16(high: 2, low: 2)

    init() throws { keeping = try Keeping() }

    private func alice(_ credential: Octets16?, former: Octets16? = nil) -> Identity {
        Keeping.alice.with(credential: credential, former: former)
    }

    @Test("ends what was signed in with the one before, as soon as the backend is asked again")
    func refresh() async throws {
        let token = try await keeping.start(alice(first)).token
        let (now, user) = (keeping.clock.now, Keeping.alice.user)
        try await keeping.keeper.refresh(user, now: now) { _ in self.alice(first) }
        #expect(try await keeping.isSignedIn(token))
        let outcome = try await keeping.keeper.refresh(user, now: now) { _ in self.alice(second) }
        #expect(outcome == .ended(1))
        #expect(try await keeping.isSignedIn(token) == false)
        #expect(try await keeping.isSignedIn(try await keeping.start(alice(second)).token))
    }

    @Test("ends it with the next sign-in too")
    func signIn() async throws {
        let old = try await keeping.start(alice(first)).token
        let new = try await keeping.start(alice(second)).token
        #expect(try await keeping.isSignedIn(old) == false)
        #expect(try await keeping.isSignedIn(new))
    }

    @Test("only in its hash, which was made anew, ends nothing")
    func renewedHash() async throws {
        let old = try await keeping.start(alice(first)).token
        let new = try await keeping.start(alice(second, former: first)).token
        #expect(try await keeping.isSignedIn(old))
        #expect(try await keeping.isSignedIn(new))
        try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in self.alice(second) }
        #expect(try await keeping.isSignedIn(old))
    }
}

/// Counts calls from several places.
private actor Counter {
    private(set) var value = 0

    func next() -> Int {
        value += 1
        return value
    }
}
