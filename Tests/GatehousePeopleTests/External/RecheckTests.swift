import GatehouseCore
import GatehouseDatabase
import GatehouseOIDC
import GatehousePeople
import GatehouseSessions
import GatehouseTestSupport
import Logging
import Testing

@Suite("Asking a provider again")
struct RecheckTests {
    private typealias Fixture = ExternalFixture

    /// Somebody signed in by a provider that is asked again after 15 minutes.
    private struct Case {
        let fixture: ExternalFixture
        let gate: FakeGate
        let rechecks: ProviderRechecks
        let token: SecretToken
        let user: UserReference
        let held: StoreUnderTest?

        init(
            _ mode: AccountRules.Mode = .none, groups: GroupMapping = GroupMapping(), store kind: StoreKind = .memory
        ) async throws {
            var base = try await PeopleFixture()
            held = kind == .memory ? nil : try await StoreUnderTest(kind, base.clock)
            if let held { base = base.with(held.store) }
            let fixture = try await ExternalFixture(base)
            self.fixture = fixture
            let provider = try fixture.provider(
                ExternalFixture.rules(mode, groups: groups),
                ProviderSessionRules(recheck: .seconds(900), recheckGrace: .seconds(1_200)))
            gate = FakeGate(provider)
            rechecks = Case.rechecks(fixture, gate)
            let signIn = ExternalFixture.signIn("1", "ada", refresh: "first")
            let arrival = try await fixture.external.arrival(of: signIn, at: provider, now: fixture.now)
            let identity = try #require(arrival.identity)
            user = identity.user
            token = try await fixture.start(identity, signIn)
        }

        /// What another instance does.
        static func rechecks(_ fixture: ExternalFixture, _ gate: FakeGate) -> ProviderRechecks {
            let clock = fixture.fixture.clock
            return ProviderRechecks(
                gates: [gate], people: fixture.external, keeper: fixture.fixture.keeper,
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now },
                pause: { _ in throw CancellationError() })
        }

        func isSignedIn() async throws -> Bool { try await fixture.fixture.identity(token) != nil }

        func kept() async throws -> ProviderRecord? {
            try await fixture.fixture.keeper.providerRecord(of: token)
        }

        /// Time goes by, in steps in which the session is not idle.
        func wait(_ duration: Duration) { fixture.fixture.clock.advance(by: duration) }
    }

    @Test(
        "is done once it is due, keeps the new tokens and brings the groups up to date",
        arguments: StoreKind.allCases)
    func due(kind: StoreKind) async throws {
        let mapping = GroupMapping(groups: ["writers": "editors"], keepsOthers: false)
        let rig = try await Case(groups: mapping, store: kind)
        rig.gate.answer(.success(Fixture.signIn("1", "ada", groups: ["writers"], refresh: "second")))
        rig.wait(.seconds(899))
        await rig.rechecks.recheck(rig.user)
        #expect(rig.gate.asked.isEmpty)
        rig.wait(.seconds(1))
        await rig.rechecks.recheck(rig.user)
        await rig.rechecks.recheck(rig.user)
        #expect(rig.gate.asked == ["first"], "and not again at once")
        #expect(try await rig.kept()?.tokens?.refresh == "second")
        #expect(try await rig.kept()?.checkedAt == rig.fixture.now)
        #expect(try await rig.fixture.fixture.identity(rig.token)?.groups == ["editors"])
        rig.wait(.seconds(900))
        // A provider that keeps its refresh token need not repeat it.
        rig.gate.answer(.success(Fixture.signIn("1", "ada", refresh: nil)))
        await rig.rechecks.recheck(rig.user)
        #expect(rig.gate.asked == ["first", "second"])
        #expect(try await rig.kept()?.tokens?.refresh == "second")
        #expect(try await rig.fixture.fixture.identity(rig.token)?.groups == [])
    }

    @Test("ends the sessions of somebody who is refused, not admitted any more, or inactive", arguments: 0..<4)
    func refused(number: Int) async throws {
        let rig = try await Case(.create)
        switch number {
        case 0: rig.gate.answer(.failure(.refused(ProviderRefusal(.code, "invalid_grant"))))
        case 1:
            rig.gate.answer(
                .success(Fixture.signIn("1", "ada", admission: .refused(list: "groups"))))
        case 2: rig.gate.answer(.success(Fixture.signIn("2", "ada")))
        default:
            rig.gate.answer(.success(Fixture.signIn("1", "ada")))
            // Without the sessions being told.
            var change = UserChange()
            change.isActive = false
            _ = try? await rig.fixture.fixture.people.administrator(PeopleFixture.closedDoor).change("ada", change)
        }
        rig.wait(.seconds(900))
        await rig.rechecks.recheck(rig.user)
        #expect(try await !rig.isSignedIn())
        #expect(try await rig.kept() == nil)
    }

    @Test("lets sessions go on while the provider gives no answer, for as long as the operator says")
    func away() async throws {
        let rig = try await Case()
        rig.gate.answer(.failure(.outage(reason: "away")))
        rig.wait(.seconds(900))
        await rig.rechecks.recheck(rig.user)
        #expect(try await rig.isSignedIn())
        let known = try #require(try await rig.fixture.fixture.identity(rig.token))
        let other = try await rig.fixture.fixture.start(known)
        // A page in place of an answer is no no.
        rig.gate.answer(
            .failure(.misconfigured(reason: "wrong secret")),
            .failure(.refused(ProviderRefusal(.tokenAnswer, "the answer is no JSON"))))
        rig.wait(.seconds(1_100))
        await rig.rechecks.recheck(rig.user)
        #expect(try await rig.isSignedIn())
        rig.wait(.seconds(100))
        await rig.rechecks.recheck(rig.user)
        #expect(try await !rig.isSignedIn())
        #expect(try await rig.fixture.fixture.identity(other) != nil, "which did not begin there")
        #expect(rig.gate.asked.count == 3)
    }

    @Test(
        "is done by one instance at a time, and what another one was told meanwhile counts",
        arguments: StoreKind.allCases)
    func overtaken(kind: StoreKind) async throws {
        let rig = try await Case(store: kind)
        let other = Case.rechecks(rig.fixture, rig.gate)
        rig.gate.answer(.success(Fixture.signIn("1", "ada", refresh: "second")))
        rig.wait(.seconds(900))
        // The other instance comes while this one is asking: it does not ask.
        rig.gate.meanwhile { await other.recheck(rig.user) }
        await rig.rechecks.recheck(rig.user)
        #expect(rig.gate.asked == ["first"])
        #expect(try await rig.kept()?.tokens?.refresh == "second")

        // A claim that ran out: another instance asked, wrote, and this one's old token is refused.
        rig.wait(.seconds(900))
        let keeper = rig.fixture.fixture.keeper
        rig.gate.meanwhile {
            let sessions = try? await keeper.providerSessions(of: rig.user, now: rig.fixture.now)
            guard let session = sessions?.first else { return }
            let tokens = ProviderRecord.Tokens(access: "a", refresh: "third", id: nil, accessExpiresAt: nil)
            _ = try? await keeper.replace(
                session, by: session.kept.checked(at: rig.fixture.now, tokens: tokens), now: rig.fixture.now)
        }
        rig.gate.answer(.failure(.refused(ProviderRefusal(.code, "invalid_grant"))))
        await rig.rechecks.recheck(rig.user)
        #expect(try await rig.isSignedIn(), "the no was about a token that is over")
        #expect(try await rig.kept()?.tokens?.refresh == "third")
    }

    @Test("writes nothing back of a session that ended meanwhile", arguments: StoreKind.allCases)
    func ended(kind: StoreKind) async throws {
        let rig = try await Case(store: kind)
        let keeper = rig.fixture.fixture.keeper
        rig.gate.meanwhile { try? await keeper.end(rig.token) }
        rig.gate.answer(.success(Fixture.signIn("1", "ada", refresh: "second")))
        rig.wait(.seconds(900))
        await rig.rechecks.recheck(rig.user)
        #expect(try await rig.kept() == nil)
        #expect(try await !rig.isSignedIn())
    }

    @Test("holds its claim for as long as the provider takes, and gives it back", arguments: StoreKind.allCases)
    func claims(kind: StoreKind) async throws {
        let rig = try await Case(store: kind)
        let keeper = rig.fixture.fixture.keeper
        let id = try keeper.id(of: rig.token)
        let claim = try #require(try await keeper.claimRecheck(of: id))
        #expect(try await keeper.claimRecheck(of: id) == nil)
        #expect(try await keeper.renew(claim))
        try await keeper.release(claim)
        rig.wait(.seconds(1))
        // Redis keeps it for a millisecond of its own clock; a claim that is renewed within that is held again.
        var given = try await keeper.claimRecheck(of: id)
        for _ in 0..<1_000 where given == nil {
            try await Task.sleep(for: .milliseconds(5))
            given = try await keeper.claimRecheck(of: id)
        }
        let next = try #require(given)
        #expect(try await !keeper.renew(claim))
        try await keeper.release(claim)
        rig.wait(.seconds(1))
        #expect(try await keeper.renew(next), "somebody else's claim is not given back")
    }

    @Test("is done in the background when an identity is refreshed, and never where nobody wants it")
    func background() async throws {
        let rig = try await Case()
        rig.gate.answer(.failure(.refused(ProviderRefusal(.code, "invalid_grant"))))
        rig.wait(.seconds(900))
        let clock = rig.fixture.fixture.clock
        let refresher = IdentityRefresher(
            backends: rig.fixture.chain, keeper: rig.fixture.fixture.keeper,
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, now: { clock.now },
            rechecks: rig.rechecks)
        await refresher.refresh(rig.user)
        #expect(await eventually { (try? await rig.isSignedIn()) == false })
        let plain = FakeGate(try rig.fixture.provider())
        #expect(Case.rechecks(rig.fixture, rig.gate).areWanted && !Case.rechecks(rig.fixture, plain).areWanted)
    }
}
