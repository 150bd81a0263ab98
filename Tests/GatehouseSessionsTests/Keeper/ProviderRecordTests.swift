import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseSessions

@Suite("Sessions that began at a provider")
struct ProviderRecordTests {
    private static let issuer: UTF8Text = "https://id.example"

    private func record(
        _ keeping: Keeping, subject: UTF8Text = "1", session: UTF8Text? = "there", issuer: UTF8Text = issuer,
        access: UTF8Text = "secret access", id: UTF8Text? = "hint", refresh: UTF8Text? = "secret refresh"
    ) -> ProviderRecord {
        ProviderRecord(
            provider: "example", issuer: issuer, subject: subject, methods: ["pwd", "otp"], contextClass: "2",
            session: session, checkedAt: keeping.clock.now,
            tokens: ProviderRecord.Tokens(
                access: access, refresh: refresh, id: id, accessExpiresAt: keeping.clock.now))
    }

    private func start(
        _ keeping: Keeping, _ record: ProviderRecord, of identity: Identity = Keeping.alice, provenAt: Timestamp? = nil
    ) async throws -> SecretToken {
        let now = keeping.clock.now
        let token = try await keeping.keeper.start(
            for: identity, isRemembered: false, replacing: nil, provenAt: provenAt ?? now, now: now
        ).token
        try await keeping.keeper.note(record, behind: token, now: now)
        return token
    }

    private func isKept(_ keeping: Keeping, _ token: SecretToken) async throws -> Bool {
        try await keeping.keeper.providerRecord(of: token) != nil
    }

    @Test("say when the person proved who they are, never in the future; others say when they began")
    func proof() async throws {
        let keeping = try Keeping()
        let now = keeping.clock.now
        let long = now.advanced(by: .seconds(-7_200))
        for (provenAt, expected) in [(long, long), (now.advanced(by: .seconds(60)), now)] {
            let token = try await start(keeping, record(keeping), provenAt: provenAt)
            let session = try #require(try await keeping.keeper.signedIn(with: token, now: now)?.session)
            #expect(session.lastProof == expected && session.signedInAt == now)
        }
        let plain = try await keeping.start()
        #expect(plain.session.provenAt == nil && plain.session.lastProof == now)
        let octets = try plain.session.encoded()
        #expect(octets.first == 1, "an instance of the release before reads it")
    }

    @Test("keep what the provider gave sealed, beside them, and lose it with them, however they end")
    func together() async throws {
        let keeping = try Keeping()
        for way in 0..<4 {
            let token = try await start(keeping, record(keeping))
            #expect(try await keeping.keeper.providerRecord(of: token) == record(keeping))
            let id = try keeping.keeper.id(of: token)
            for value in keeping.store.dump.values {
                let text = String(decoding: value, as: UTF8.self)
                #expect(!text.contains("secret") && !text.contains("id.example"))
            }
            switch way {
            case 0: try await keeping.keeper.end(token)
            case 1: #expect(try await keeping.keeper.end(id))
            case 2: #expect(try await keeping.keeper.endAll(of: Keeping.alice.user, now: keeping.clock.now) == 1)
            default:
                keeping.clock.advance(by: Keeping.absolute)
                #expect(try await !keeping.isSignedIn(token))
            }
            #expect(try await !isKept(keeping, token), "way \(way)")
        }
        #expect("\(record(keeping))".contains("secret") == false)
    }

    @Test("cannot be noted beside a session that is over, or that did not begin at a provider")
    func noSession() async throws {
        let keeping = try Keeping()
        let plain = try await keeping.start().token
        let over = try await start(keeping, record(keeping))
        try await keeping.keeper.end(over)
        for token in [plain, over] {
            await #expect(throws: SessionError.self) {
                try await keeping.keeper.note(record(keeping), behind: token, now: keeping.clock.now)
            }
        }
    }

    @Test("keep the refresh token, by which all others come again, where the access token is too long")
    func refresh() async throws {
        let keeping = try Keeping()
        let long = UTF8Text(String(repeating: "x", count: 70_000))
        let token = try await start(keeping, record(keeping, access: long, id: "hint"))
        let kept = try #require(try await keeping.keeper.providerRecord(of: token)?.tokens)
        #expect(kept.refresh == "secret refresh" && kept.access.isEmpty && kept.accessExpiresAt == nil)
        let none = try await start(keeping, record(keeping, access: long, id: nil, refresh: nil))
        #expect(try await keeping.keeper.providerRecord(of: none)?.tokens == nil)
        let both = try await start(keeping, record(keeping, access: "a", id: nil, refresh: long))
        #expect(try await keeping.keeper.providerRecord(of: both)?.tokens == nil)
    }

    @Test("lose the hint first and then every token where those are too long, and go on")
    func long() async throws {
        let keeping = try Keeping()
        func text(_ length: Int) -> UTF8Text { UTF8Text(String(repeating: "x", count: length)) }
        let hint = try await start(keeping, record(keeping, access: text(60_000), id: text(8_000)))
        let kept = try await keeping.keeper.providerRecord(of: hint)
        #expect(kept?.tokens?.id == nil && kept?.tokens?.access == text(60_000))
        let all = try await start(keeping, record(keeping, access: text(70_000), id: nil, refresh: nil))
        let none = try await keeping.keeper.providerRecord(of: all)
        #expect(none != nil && none?.tokens == nil)
    }

    @Test("end by the word of their provider: those of its session, or all of the person")
    func ended() async throws {
        let keeping = try Keeping()
        func end(
            subject: UTF8Text? = nil, session: UTF8Text? = nil, issuer: UTF8Text = ProviderRecordTests.issuer
        ) async throws -> Int {
            try await keeping.keeper.endProviderSessions(of: issuer, subject: subject, session: session).count
        }
        let one = try await start(keeping, record(keeping, session: "a"))
        let two = try await start(keeping, record(keeping, session: "b"))
        let three = try await start(keeping, record(keeping, subject: "2", session: "c"), of: Keeping.bob)
        let untold = try await start(keeping, record(keeping, session: nil))
        let elsewhere = try await start(keeping, record(keeping, session: "a", issuer: "https://other.example"))
        let plain = try await keeping.start().token
        #expect(try await end(session: "x") == 0)
        #expect(try await end(subject: "x") == 0)
        #expect(try await end(subject: "1", issuer: "https://id.exampl") == 0)
        // Both have to be true.
        #expect(try await end(subject: "1", session: "c") == 1, "only the one of which no session there is known")
        #expect(try await !keeping.isSignedIn(untold))
        #expect(try await end(session: "a") == 1)
        #expect(try await !keeping.isSignedIn(one))
        let ended = try await keeping.keeper.endProviderSessions(
            of: ProviderRecordTests.issuer, subject: "1", session: nil)
        #expect(ended.map(\.user) == [Keeping.alice.user] && ended.first?.provider == "example")
        #expect(try await end(subject: "1") == 0, "a second message is none")
        for token in [three, elsewhere, plain] { #expect(try await keeping.isSignedIn(token)) }
        #expect(try await !keeping.isSignedIn(two))
    }

    @Test("leave nothing behind by which they could be found, and no more than a few entries where they expired")
    func index() async throws {
        let keeping = try Keeping()
        let before = keeping.store.dump.count
        let token = try await start(keeping, record(keeping))
        try await keeping.keeper.end(token)
        let now = keeping.clock.now
        #expect(
            try await keeping.keeper.endProviderSessions(
                of: ProviderRecordTests.issuer, subject: "1", session: nil
            ).isEmpty)
        #expect(before == 0)
        var last = token
        for _ in 0..<100 {
            last = try await start(keeping, record(keeping))
            keeping.clock.advance(by: Keeping.idle)
        }
        _ = now
        last = try await start(keeping, record(keeping))
        let id = try keeping.secrets.makeVault().externalKey(
            Array("sub".utf8) + [0] + ProviderRecordTests.issuer.bytes + [0] + Array("1".utf8))
        #expect(try await keeping.store.members(of: id).count <= 33)
        #expect(try await keeping.isSignedIn(last))
    }

    @Test("are not opened as those of another session, or by another key")
    func moved() async throws {
        let keeping = try Keeping()
        let one = try await start(keeping, record(keeping))
        let two = try await start(keeping, record(keeping, subject: "2"), of: Keeping.bob)
        let keys = try [one, two].map { try keeping.keeper.providerKey(try keeping.keeper.id(of: $0)) }
        let value = try #require(try await keeping.store.value(for: keys[0]))
        _ = try await keeping.store.write(value, for: keys[1], expiresIn: .seconds(60), when: .always)
        #expect(try await !isKept(keeping, two))
        #expect(try await keeping.isSignedIn(two))
    }
}
