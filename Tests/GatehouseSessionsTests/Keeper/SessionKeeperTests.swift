import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport
import Testing

@Suite("Sessions")
struct SessionKeeperTests {
    @Test("are found by their token, with who it is")
    func found() async throws {
        let keeping = try Keeping()
        let started = try await keeping.start()
        let signedIn = try #require(try await keeping.keeper.signedIn(with: started.token, now: keeping.clock.now))
        #expect(signedIn.identity == Keeping.alice)
        #expect(signedIn.session == started.session)
        #expect(signedIn.session.signedInAt == keeping.clock.now)
        let stranger = try #require(SecretToken(octets: [UInt8](repeating: 9, count: 32)))
        #expect(try await keeping.isSignedIn(stranger) == false)
    }

    @Test("have a new token at each sign-in, and the one before is over at once")
    func rotation() async throws {
        let keeping = try Keeping()
        var tokens: Set<SecretToken> = []
        var old: SecretToken?
        for _ in 0..<20 {
            let new = try await keeping.start(replacing: old).token
            tokens.insert(new)
            if let old {
                #expect(try await keeping.isSignedIn(old) == false)
                #expect(try await keeping.store.value(for: keeping.sessionKey(old)) == nil)
            }
            #expect(try await keeping.isSignedIn(new))
            old = new
        }
        #expect(tokens.count == 20)
        let vault = try keeping.secrets.makeVault()
        let listed = try await keeping.store.members(of: vault.userSessionsKey(try vault.id(of: Keeping.alice.user)))
        #expect(listed.count == 1, "only the last one is listed")
    }

    @Test("of somebody else in the same browser are replaced too")
    func anotherPerson() async throws {
        let keeping = try Keeping()
        let first = try await keeping.start()
        let second = try await keeping.start(Keeping.bob, replacing: first.token)
        #expect(try await keeping.isSignedIn(first.token) == false)
        #expect(try await keeping.keeper.signedIn(with: second.token, now: keeping.clock.now)?.identity == Keeping.bob)
    }

    @Test("end when they are told to; ending twice is no error")
    func end() async throws {
        let keeping = try Keeping()
        let one = try await keeping.start().token
        let two = try await keeping.start().token
        try await keeping.keeper.end(one)
        try await keeping.keeper.end(one)
        #expect(try await keeping.isSignedIn(one) == false)
        #expect(try await keeping.isSignedIn(two))
    }

    @Test("end all together, those of others do not; a later sign-in counts")
    func endAll() async throws {
        let keeping = try Keeping()
        let tokens = [try await keeping.start().token, try await keeping.start(isRemembered: true).token]
        let bob = try await keeping.start(Keeping.bob).token
        // Also in the same millisecond, and a record that the list has lost.
        let lost = tokens[0]
        let record = try #require(try await keeping.store.value(for: keeping.sessionKey(lost)))
        #expect(try await keeping.keeper.endAll(of: Keeping.alice.user, now: keeping.clock.now) == 2)
        for token in tokens { #expect(try await keeping.isSignedIn(token) == false) }
        _ = try await keeping.store.write(record, for: keeping.sessionKey(lost), expiresIn: .seconds(60), when: .always)
        #expect(try await keeping.isSignedIn(lost) == false, "the epoch ends it though the record is back")
        #expect(try await keeping.isSignedIn(bob))
        let later = try await keeping.start().token
        #expect(try await keeping.isSignedIn(later))
        #expect(try await keeping.isSignedIn(lost) == false)
        #expect(try await keeping.keeper.endAll(of: UserReference(backend: "x", id: "y"), now: keeping.clock.now) == 0)
    }

    @Test("end by our own clock, idle or in all, even if the store keeps them")
    func limits() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        let key = try keeping.sessionKey(token)
        // The store is told to keep both records for longer than we do.
        for key in [key, try keeping.identityKey(Keeping.alice.user)] {
            let record = try #require(try await keeping.store.value(for: key))
            _ = try await keeping.store.write(record, for: key, expiresIn: .seconds(1_000_000), when: .always)
        }
        keeping.clock.advance(by: Keeping.idle - .milliseconds(1))
        #expect(try await keeping.isSignedIn(token))
        keeping.clock.advance(by: .milliseconds(1))
        #expect(try await keeping.store.value(for: key) != nil)
        #expect(try await keeping.isSignedIn(token) == false)
    }

    @Test("end after the absolute time however busy they are")
    func absolute() throws {
        let start = Timestamp(milliseconds: 1_000_000)
        var session = Session(
            user: Keeping.alice.user, signedInAt: start, lastSeen: start,
            limits: SessionLimits(idle: Keeping.idle, absolute: Keeping.absolute), isRemembered: false, epoch: 1)
        let stored = StoredIdentity(identity: Keeping.alice, epoch: 1, readAt: start)
        session.lastSeen = start.advanced(by: Keeping.absolute - .seconds(1))
        #expect(session.isAlive(with: stored, at: start.advanced(by: Keeping.absolute - .milliseconds(1))))
        #expect(!session.isAlive(with: stored, at: start.advanced(by: Keeping.absolute)))
        for epoch in [UInt64(0), 2, .max] {
            let other = StoredIdentity(identity: Keeping.alice, epoch: epoch, readAt: start)
            #expect(!session.isAlive(with: other, at: start))
        }
        #expect(!session.isAlive(with: StoredIdentity(identity: Keeping.bob, epoch: 1, readAt: start), at: start))
        #expect(!session.mayRenew(at: session.lastSeen.advanced(by: Keeping.idle / 10 - .milliseconds(1))))
        #expect(session.mayRenew(at: session.lastSeen.advanced(by: Keeping.idle / 10)))
    }

    @Test("always have an expiry in the store, at most their own limits")
    func expiry() async throws {
        let keeping = try Keeping()
        _ = try await keeping.start()
        #expect(keeping.store.dump.count == 5)
        keeping.clock.advance(by: Keeping.idle + .milliseconds(1))
        #expect(keeping.store.dump.count == 4, "the session record is gone")
        keeping.clock.advance(by: Keeping.absolute)
        #expect(keeping.store.dump.count == 3, "the list is gone")
        keeping.clock.advance(by: SessionLimits.remembered.absolute + .seconds(3_600))
        #expect(keeping.store.dump.isEmpty)
        // And nothing at all is written for strangers.
        for value in UInt8(0)..<50 {
            let token = try #require(SecretToken(octets: [UInt8](repeating: value, count: 32)))
            _ = try await keeping.isSignedIn(token)
            try await keeping.keeper.end(token)
        }
        #expect(keeping.store.dump.isEmpty)
    }

    @Test("leave neither a token nor a readable word in the store")
    func dump() async throws {
        let keeping = try Keeping()
        let started = try await keeping.start()
        let secrets = [
            started.token.octets, Array(started.token.text.utf8), started.token.first.octets, Array("alice".utf8),
            Array("Liddell".utf8), Array("wonderland".utf8), Array("croquet".utf8), Array("tea.".utf8),
            Array("database".utf8),
        ]
        for (key, value) in keeping.store.dump {
            for secret in secrets {
                #expect(!key.bytes.contains(secret))
                #expect(!value.contains(secret))
            }
        }
    }

    @Test("stand under the documented names")
    func names() async throws {
        let keeping = try Keeping()
        _ = try await keeping.start()
        let keys = keeping.store.dump.keys.map(\.description).sorted()
        try #require(keys.count == 5)
        #expect(keys[0].hasPrefix("gh:s:") && keys[0].utf8.count == 5 + 22)
        #expect(keys[1] == "gh:sn")
        #expect(keys[2].hasPrefix("gh:u:{") && keys[2].hasSuffix("}") && keys[2].utf8.count == 6 + 22 + 1)
        #expect(keys[3].hasPrefix("gh:un:{") && keys[3].utf8.count == 7 + 22 + 1)
        #expect(keys[4] == "gh:us:" + keys[2].dropFirst(5), "one slot of a cluster for both")
    }

    @Test("are refused by a keeper with another lookup key or another ring")
    func otherKeys() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        for secrets in [
            try Keeping.makeSecrets(lookup: 3), try Keeping.makeSecrets(seal: [(1, 9)]),
            try Keeping.makeSecrets(seal: [(2, 2)]),
        ] {
            let other = SessionKeeper(store: keeping.store, secrets: secrets)
            #expect(try await other.signedIn(with: token, now: keeping.clock.now) == nil)
        }
        let rotated = SessionKeeper(store: keeping.store, secrets: try Keeping.makeSecrets(seal: [(7, 9), (1, 2)]))
        #expect(try await rotated.signedIn(with: token, now: keeping.clock.now) != nil)
    }

    @Test("of two browsers that sign in at once both count, and nobody gets another's identity")
    func concurrent() async throws {
        let keeping = try Keeping()
        let started = try await withThrowingTaskGroup(of: (Identity, SecretToken).self) { group in
            for number in 0..<20 {
                let identity = number % 2 == 0 ? Keeping.alice : Keeping.bob
                group.addTask { (identity, try await keeping.start(identity).token) }
            }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(Set(started.map(\.1)).count == 20)
        for (identity, token) in started {
            #expect(try await keeping.keeper.signedIn(with: token, now: keeping.clock.now)?.identity == identity)
        }
    }

    @Test("last no longer than those of a backend that cannot be asked again may, remembered or not")
    func longest() async throws {
        let keeping = try Keeping()
        let keeper = SessionKeeper(
            store: keeping.store, secrets: keeping.secrets, longestSessions: ["directory": .seconds(600)])
        for (backend, isShort) in [("directory", true), ("database", false)] as [(BackendName, Bool)] {
            for isRemembered in [false, true] {
                let identity = Identity(user: UserReference(backend: backend, id: "1"), name: "x")
                let session = try await keeper.start(
                    for: identity, isRemembered: isRemembered, replacing: nil, now: keeping.clock.now
                ).session
                let usual = isRemembered ? SessionLimits.remembered : .standard
                let short = SessionLimits(idle: .seconds(600), absolute: .seconds(600))
                #expect(session.limits == (isShort ? short : usual))
            }
        }
    }

    @Test("are not found, not made and not ended without a store; that is an error, never a no")
    func withoutStore() async throws {
        let keeping = try Keeping()
        let token = try await keeping.start().token
        keeping.store.isAvailable = false
        await #expect(throws: SessionError.self) { try await keeping.isSignedIn(token) }
        await #expect(throws: SessionError.self) { try await keeping.start() }
        await #expect(throws: SessionError.self) { try await keeping.keeper.end(token) }
        await #expect(throws: SessionError.self) {
            _ = try await keeping.keeper.endAll(of: Keeping.alice.user, now: keeping.clock.now)
        }
        await #expect(throws: SessionError.self) {
            try await keeping.keeper.refresh(Keeping.alice.user, now: keeping.clock.now) { _ in nil }
        }
        await #expect(throws: SessionError.self) { try await keeping.keeper.probe() }
        keeping.store.isAvailable = true
        #expect(try await keeping.isSignedIn(token))
    }

    @Test("leave a mark of the lookup key in the store, which another key does not recognise")
    func lookupMark() async throws {
        let keeping = try Keeping()
        let (own, other) = (keeping.secrets, try Keeping.makeSecrets(lookup: 2))
        #expect(own.isOwn(probe: try await keeping.store.value(for: own.probeKey)) == nil)
        try await keeping.keeper.probe()
        let left = try await keeping.store.value(for: own.probeKey)
        #expect(own.isOwn(probe: left) == true)
        #expect(other.isOwn(probe: left) == false)
        #expect(other.isOwn(probe: [1]) == nil)
    }

    @Test("do not start when the identity is too large for a record")
    func tooLarge() async throws {
        let keeping = try Keeping()
        let groups = (0..<5_000).map { GroupName("group number \($0)") }
        let identity = Identity(user: Keeping.bob.user, name: "bob", groups: groups)
        await #expect(throws: SessionError.tooLarge) { try await keeping.start(identity) }
        #expect(keeping.store.dump.isEmpty)
        // Somebody who outgrows the record while signed in: better out than with what they were before.
        let token = try await keeping.start(Keeping.bob).token
        let outcome = try await keeping.keeper.refresh(Keeping.bob.user, now: keeping.clock.now) { _ in identity }
        #expect(outcome == .ended(1))
        #expect(try await keeping.isSignedIn(token) == false)
    }
}
