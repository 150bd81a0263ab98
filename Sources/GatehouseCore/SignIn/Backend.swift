/// Something that can authenticate people and say who they are.
package protocol Backend: Sendable {
    /// The name that sessions remember; unique in a configuration.
    var name: BackendName { get }

    /// Looks at credentials. Costs the same whether the account is unknown, inactive, unusable or the password is wrong.
    ///
    /// Ends within the backend's own time limit, whatever the other side does. Before a password is compared, or leaves this
    /// process, `credentials.onUse` is told so.
    func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult

    /// What is known now about a person of this backend; `nil` if gone or inactive.
    ///
    /// `known` is what was known before: a backend that can only be asked with a password answers with that.
    func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity?

    /// What the password of somebody of a typed name is known by now (`Identity.credential`), whoever asks.
    ///
    /// - Returns: none without such a person; `nil` as the only one if this backend keeps no passwords.
    func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?]
}

extension Backend {
    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] { [nil] }
}

/// What a backend says to credentials.
package enum AuthenticationResult: Equatable, Sendable {
    case authenticated(Identity)
    /// Unknown here, inactive, or the wrong password: the next backend is asked.
    case notMine
    /// The password may be right, and the account is not one to sign in with now: the next backend is asked.
    case barred(BarredAccount)
    /// A clear no that ends the chain, like Django's `PermissionDenied`.
    case refused
}

/// A backend could not find out.
package enum BackendError: Error, Equatable, CustomStringConvertible {
    /// The store of users gave no answer: 503.
    case unavailable(reason: String)
    /// Too many sign-ins at once: 503 with `Retry-After`.
    case busy(retryAfter: Duration)
    /// The person whom a name means was tried too often, by whatever names: nothing was compared here.
    case held(retryAfter: Duration)

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        case .busy: "too many sign-ins at once"
        case .held: "tried too often"
        }
    }
}
