package import GatehouseCore

/// What is kept of sessions that began at a provider: a record beside each, which checks never read, and the way from the
/// provider's own session to ours.
///
/// A record goes with its session, whichever way that ends; one that stays behind opens nothing.
package protocol FederationSessions: Sendable {
    /// Writes what is kept beside a session that was started a moment ago, before anybody has its cookie.
    ///
    /// - Throws: `BackendError.unavailable`: the session could not be ended by its provider, and is withdrawn.
    func note(_ session: ProviderSession, behind token: SecretToken, now: Timestamp) async throws(BackendError)

    /// What is kept beside a live session; `nil` for one that began otherwise, or is over.
    func providerSession(behind token: SecretToken, now: Timestamp) async throws(BackendError) -> ProviderSession?

    /// Ends the sessions that a checked message is about: those of (issuer, `sid`) if it names one, else all of (issuer, `sub`);
    /// with both, only those of which both are true.
    ///
    /// - Returns: whose sessions ended, and how many; empty if there were none, which is no error.
    /// - Throws: `BackendError.unavailable`: some may go on, and the message is to come again.
    func end(_ notice: LogoutNotice, now: Timestamp) async throws(BackendError) -> [EndedSessions]
}

/// What belongs to a session that began at a provider.
package struct ProviderSession: Equatable, Sendable {
    /// The provider's name in the configuration, as it was then.
    package let provider: ProviderName
    package let subject: ExternalSubject
    /// The provider's own session (`sid`).
    package let id: UTF8Text?
    /// Methods as RFC 8176 names them.
    package let methods: [UTF8Text]
    package let contextClass: UTF8Text?
    /// Sealed apart: no page, header, log or other record holds them.
    package let tokens: ProviderTokens

    package init(
        provider: ProviderName, subject: ExternalSubject, id: UTF8Text?, methods: [UTF8Text], contextClass: UTF8Text?,
        tokens: ProviderTokens
    ) {
        self.provider = provider
        self.subject = subject
        self.id = id
        self.methods = methods
        self.contextClass = contextClass
        self.tokens = tokens
    }

    /// What belongs to a session that begins with a sign-in.
    package init(_ signIn: ProviderSignIn, at provider: ProviderName) {
        self.init(
            provider: provider, subject: signIn.person.subject, id: signIn.providerSession, methods: signIn.methods,
            contextClass: signIn.contextClass, tokens: signIn.tokens)
    }
}

/// Sessions of one person that ended together.
package struct EndedSessions: Equatable, Sendable {
    package let owner: Identity
    package let count: Int

    package init(owner: Identity, count: Int) {
        self.owner = owner
        self.count = count
    }
}
