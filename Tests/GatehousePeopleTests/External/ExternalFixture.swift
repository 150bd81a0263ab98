import GatehouseBackends
import GatehouseCore
import GatehouseOIDC
import GatehousePeople
import GatehouseSessions
import GatehouseTestSupport
import Testing

/// People with a provider, and with another backend that knows somebody.
struct ExternalFixture {
    let fixture: PeopleFixture
    let external: ExternalPeople
    let chain: BackendChain
    let notices = Mutexed<[ExternalNotice]>([])
    let directory = OneNameBackend()

    static let issuer: UTF8Text = "https://id.example"

    init(_ fixture: PeopleFixture? = nil, takesPasswords: Bool = true) async throws {
        let made = if let fixture { fixture } else { try await PeopleFixture() }
        self.fixture = made
        let notices = notices
        chain = BackendChain([made.people.backend, directory, made.people.externalBackend("example")])
        external = try #require(
            made.people.external(chain, made.keeper, takesPasswords: takesPasswords) { notice in
                notices.change { $0.append(notice) }
            })
    }

    var now: Timestamp { fixture.clock.now }

    func provider(
        name: String = "example", issuer: UTF8Text = issuer, _ rules: AccountRules = AccountRules(groups: none),
        _ session: ProviderSessionRules = ProviderSessionRules()
    ) throws -> Provider {
        Provider(
            name: try #require(ProviderName(UTF8Text(name))), title: "Example", kind: .oidc, issuer: issuer.string,
            client: ProviderClientIdentity(id: "gatehouse", authentication: .none, scopes: ["openid"]),
            network: ProviderNetwork(), tokens: TokenRules(), claims: ClaimMapping(),
            admission: Admission(isForEveryone: true), accounts: rules, session: session)
    }

    static let none = GroupMapping(keepsOthers: false)

    static func rules(
        _ mode: AccountRules.Mode, linksByEmail: Bool = false, groups: GroupMapping = none,
        mayMakeSuperusers: Bool = false
    ) -> AccountRules {
        AccountRules(
            mode: mode, linksByEmail: linksByEmail, ownsDomains: ["example.com"], groups: groups,
            mayMakeSuperusers: mayMakeSuperusers)
    }

    static func signIn(
        _ subject: UTF8Text, _ name: UTF8Text?, email: UTF8Text? = nil, isVerified: Bool = true,
        groups: [GroupName] = [], issuer: UTF8Text = issuer, displayName: UTF8Text = "",
        refresh: UTF8Text? = "refresh", admission: AdmissionVerdict = .admitted
    ) -> ProviderSignIn {
        ProviderSignIn(
            person: ExternalPerson(
                subject: ExternalSubject(issuer: issuer, subject: subject), name: name, email: email,
                isEmailVerified: isVerified, displayName: displayName, groups: groups, hasGroupsClaim: true),
            admission: admission, authenticatedAt: nil, methods: [], contextClass: nil, providerSession: "there",
            tokens: ProviderTokens(access: "access", refresh: refresh, id: "id", accessExpiresAt: nil))
    }

    /// Comes back from the provider.
    func arrive(_ signIn: ProviderSignIn, _ rules: AccountRules) async throws -> ExternalArrival {
        try await external.arrival(
            of: signIn, at: try provider(issuer: signIn.person.subject.issuer, rules), now: now)
    }

    /// Starts a session as the portal does after that.
    func start(_ identity: Identity, _ signIn: ProviderSignIn) async throws -> SecretToken {
        let token = try await fixture.keeper.start(
            for: identity, isRemembered: false, replacing: nil, provenAt: now, now: now
        ).token
        try await ProviderSessions(fixture.keeper).note(
            ProviderSession(signIn, at: try #require(ProviderName("example"))), behind: token, now: now)
        return token
    }
}

extension ExternalArrival {
    /// Who came in; `nil` for anything else.
    var identity: Identity? {
        guard case .person(let identity) = self else { return nil }
        return identity
    }
}

/// A backend that knows one name, and can be away.
final class OneNameBackend: Backend {
    let name: BackendName = "directory"
    private let failure = Mutexed<BackendError?>(nil)

    func fail(with error: BackendError?) { failure.change { $0 = error } }

    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult { .notMine }
    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? { known }

    func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        if let error = failure.value { throw error }
        return name == "dora" ? [Octets16(high: 1, low: 2)] : []
    }
}
