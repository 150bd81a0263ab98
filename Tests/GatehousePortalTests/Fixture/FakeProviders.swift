import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import GatehouseTestSupport
import Synchronization

@testable import GatehousePortal

/// A provider that knows one person, and gives codes that are good once and for one nonce.
final class FakeGate: ProviderGate {
    let provider: Provider
    private struct State {
        var wishes: [AuthorizationWish] = []
        /// The nonces by the state that they were given with.
        var nonces: [SecretToken: SecretToken] = [:]
        /// For which nonce a code is good.
        var codes: [UTF8Text: SecretToken] = [:]
        var questions: [(answer: AuthorizationAnswer, started: StartedSignIn)] = []
        var person: ProviderSignIn
        var error: ProviderError?
        var notice: LogoutNotice?
        var signOut: String? = "https://idp.example/end?id_token_hint=hint"
        var revoked = 0
    }

    private let state: Mutex<State>

    init(_ provider: Provider, person: ProviderSignIn? = nil) {
        self.provider = provider
        state = Mutex(State(person: person ?? .alice(at: provider)))
    }

    var wishes: [AuthorizationWish] { state.withLock { $0.wishes } }
    var questions: [(answer: AuthorizationAnswer, started: StartedSignIn)] { state.withLock { $0.questions } }
    var revoked: Int { state.withLock { $0.revoked } }

    /// Who comes back from now on.
    func become(_ person: ProviderSignIn) { state.withLock { $0.person = person } }
    func fail(with error: ProviderError?) { state.withLock { $0.error = error } }
    func tell(_ notice: LogoutNotice?) { state.withLock { $0.notice = notice } }
    func signsOut(at address: String?) { state.withLock { $0.signOut = address } }

    /// A code for the sign-in of a state, as the provider gives it to whoever signs in there.
    func code(for token: SecretToken) -> UTF8Text {
        state.withLock { state in
            let code = UTF8Text("code-\(state.codes.count)")
            state.codes[code] = state.nonces[token]
            return code
        }
    }

    func start(_ wish: AuthorizationWish, now: Timestamp) async throws(ProviderError) -> AuthorizationRequest {
        if let error = state.withLock({ $0.error }) { throw error }
        guard let nonce = SecretToken.random(), let verifier = SecretToken.random() else {
            throw .outage(reason: "no random octets")
        }
        state.withLock {
            $0.wishes.append(wish)
            $0.nonces[wish.state] = nonce
        }
        return AuthorizationRequest(
            url: "https://idp.example/authorize?client_id=gatehouse&state=\(wish.state.text)",
            started: StartedSignIn(
                issuer: UTF8Text(provider.issuer), redirectURI: UTF8Text(wish.redirectURI), nonce: nonce,
                verifier: verifier, maxAge: wish.maxAge, startedAt: now))
    }

    func finish(
        _ answer: AuthorizationAnswer, of started: StartedSignIn, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn {
        let (error, nonce, person) = state.withLock { state in
            state.questions.append((answer, started))
            return (state.error, answer.code.flatMap { state.codes.removeValue(forKey: $0) }, state.person)
        }
        if let issuer = answer.issuer, issuer != started.issuer { throw .refused(ProviderRefusal(.mixUp, "iss")) }
        switch answer.error {
        case nil: break
        case "access_denied"?: throw .denied
        case "login_required"?, "interaction_required"?, "consent_required"?, "account_selection_required"?:
            throw .needsInteraction
        case "temporarily_unavailable"?, "server_error"?: throw .outage(reason: "it says so itself")
        default: throw .misconfigured(reason: "register the redirect address")
        }
        if let error { throw error }
        guard let nonce else { throw .refused(ProviderRefusal(.code, "spent or never given")) }
        guard nonce == started.nonce else { throw .refused(ProviderRefusal(.nonce, "of another sign-in")) }
        return person
    }

    func signOutAddress(hint: ProviderTokens?, returnTo: String) async -> String? {
        state.withLock { $0.signOut }
    }

    func judge(logoutToken: [UInt8], now: Timestamp) async throws(ProviderError) -> LogoutNotice {
        let (error, notice) = state.withLock { ($0.error, $0.notice) }
        if let error { throw error }
        guard let notice, logoutToken == Array("good".utf8) else {
            throw .refused(ProviderRefusal(.signature, "no key of the provider fits"))
        }
        return notice
    }

    func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn {
        throw .outage(reason: "not asked here")
    }

    func revoke(_ tokens: ProviderTokens) { state.withLock { $0.revoked += 1 } }
}

/// Accounts that are as a test wants them.
final class FakeAccounts: ExternalAccounts {
    private struct State {
        var arrival: ExternalArrival?
        var outcome = LinkOutcome.linked
        var error: BackendError?
        var links: [(subject: ExternalSubject, user: UserReference)] = []
        var held: UserName?
    }

    private let state = Mutex(State())

    var links: [(subject: ExternalSubject, user: UserReference)] { state.withLock { $0.links } }
    func answer(_ arrival: ExternalArrival) { state.withLock { $0.arrival = arrival } }
    func answer(_ outcome: LinkOutcome) { state.withLock { $0.outcome = outcome } }
    func fail(with error: BackendError?) { state.withLock { $0.error = error } }

    func arrival(
        of signIn: ProviderSignIn, at provider: Provider, now: Timestamp
    ) async throws(BackendError) -> ExternalArrival {
        let (error, arrival) = state.withLock { ($0.error, $0.arrival) }
        if let error { throw error }
        return arrival ?? .person(OnePersonBackend.alice)
    }

    /// Somebody of a provider has a name from now on.
    func hold(_ name: UserName?) { state.withLock { $0.held = name } }

    func isHeldElsewhere(_ identity: Identity) async throws(BackendError) -> Bool {
        let (error, held) = state.withLock { ($0.error, $0.held) }
        if let error { throw error }
        return held == identity.name
    }

    func identities(of user: UserReference) async throws(BackendError) -> [LinkedIdentity] { [] }

    func link(
        _ signIn: ProviderSignIn, at provider: Provider, to user: UserReference, now: Timestamp
    ) async throws(BackendError) -> LinkOutcome {
        if let error = state.withLock({ $0.error }) { throw error }
        return state.withLock { state in
            state.links.append((signIn.person.subject, user))
            return state.outcome
        }
    }

    func unlink(_ subject: ExternalSubject, from user: UserReference) async throws(BackendError) -> UnlinkOutcome {
        .unknown
    }
}

/// What is kept beside sessions, in memory.
final class FakeFederationSessions: FederationSessions {
    private struct State {
        var kept: [SecretToken: ProviderSession] = [:]
        var error: BackendError?
    }

    private let keeper: SessionKeeper
    private let state = Mutex(State())

    init(_ keeper: SessionKeeper) { self.keeper = keeper }

    var kept: [SecretToken: ProviderSession] { state.withLock { $0.kept } }
    func fail(with error: BackendError?) { state.withLock { $0.error = error } }

    func note(_ session: ProviderSession, behind token: SecretToken, now: Timestamp) async throws(BackendError) {
        if let error = state.withLock({ $0.error }) { throw error }
        state.withLock { $0.kept[token] = session }
    }

    func providerSession(behind token: SecretToken, now: Timestamp) async throws(BackendError) -> ProviderSession? {
        if let error = state.withLock({ $0.error }) { throw error }
        return state.withLock { $0.kept[token] }
    }

    func end(_ notice: LogoutNotice, now: Timestamp) async throws(BackendError) -> [EndedSessions] {
        if let error = state.withLock({ $0.error }) { throw error }
        var ended: [EndedSessions] = []
        for (token, session) in kept where session.subject.subject == notice.subject || session.id == notice.session {
            guard let signedIn = try? await keeper.signedIn(with: token, now: now) else { continue }
            try? await keeper.end(token)
            ended.append(EndedSessions(owner: signedIn.identity, count: 1))
        }
        return ended
    }
}

extension Provider {
    static func fake(
        _ name: String = "example", _ title: String = "Example ID", logo: ProviderLogo? = nil,
        kind: ProviderKind = .oidc,
        session: ProviderSessionRules = ProviderSessionRules()
    ) -> Provider {
        Provider(
            name: ProviderName(UTF8Text(name)) ?? .fallback, title: UTF8Text(title), logo: logo, kind: kind,
            issuer: "https://\(name).idp.example",
            client: ProviderClientIdentity(id: "gatehouse", authentication: .none, scopes: ["openid"]),
            network: ProviderNetwork(), tokens: TokenRules(), claims: ClaimMapping(),
            admission: Admission(isForEveryone: true), accounts: AccountRules(groups: GroupMapping()), session: session)
    }
}

extension ProviderName {
    fileprivate static var fallback: ProviderName {
        guard let name = ProviderName("example") else { preconditionFailure("example is a name") }
        return name
    }
}

extension ProviderSignIn {
    static func alice(
        at provider: Provider, subject: UTF8Text = "sub-1", admission: AdmissionVerdict = .admitted,
        authenticatedAt: Timestamp? = Timestamp(milliseconds: 1_749_999_900_000)
    ) -> ProviderSignIn {
        ProviderSignIn(
            person: ExternalPerson(
                subject: ExternalSubject(issuer: UTF8Text(provider.issuer), subject: subject), name: "alice",
                email: "alice@idp.example", isEmailVerified: true, displayName: "Alice", groups: [],
                hasGroupsClaim: false),
            admission: admission, authenticatedAt: authenticatedAt, methods: ["pwd"], contextClass: nil,
            providerSession: "sid-1",
            tokens: ProviderTokens(access: "access", refresh: nil, id: "hint", accessExpiresAt: nil))
    }
}
