package import GatehouseCore

/// One provider, as the portal and the daemon ask it: what it fetched, its keys and its network stand behind this.
///
/// Nothing here blocks the caller's thread; all that one answer asks of the provider ends within 9 s.
package protocol ProviderGate: Sendable {
    var provider: Provider { get }

    /// Where a browser is sent.
    ///
    /// - Throws: `ProviderError.outage` or `.misconfigured` without the provider's metadata.
    func start(_ wish: AuthorizationWish, now: Timestamp) async throws(ProviderError) -> AuthorizationRequest

    /// Takes what a browser brought back: redeems the code once, checks the ID token, asks userinfo where needed.
    func finish(
        _ answer: AuthorizationAnswer, of started: StartedSignIn, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn

    /// Where a browser signs out at the provider; `nil` if that cannot be done there.
    func signOutAddress(hint: ProviderTokens?, returnTo: String) async -> String?

    /// Judges a message that somebody signed out there (OpenID Connect Back-Channel Logout 1.0, section 2.6).
    func judge(logoutToken: [UInt8], now: Timestamp) async throws(ProviderError) -> LogoutNotice

    /// Asks whether a person is still there.
    ///
    /// - Throws: `.refused` for a clear no: end the sessions; `.outage` if nobody knows.
    func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn

    /// The same, for a provider that takes a refresh token once: `keep` is given the new ones before anything else is asked, so that
    /// they are not lost if the provider falls silent then.
    ///
    /// What an answer without an ID token leaves out stays as the ID token said it that is among the tokens; without one there a
    /// missing claim with groups (`ExternalPerson.hasGroupsClaim`) says nothing about groups.
    func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp,
        keep: @Sendable (ProviderTokens) async -> Void
    ) async throws(ProviderError) -> ProviderSignIn

    /// Tells the provider that tokens are used no more (RFC 7009); what comes of it is not waited for.
    func revoke(_ tokens: ProviderTokens)
}

extension ProviderGate {
    package func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp,
        keep: @Sendable (ProviderTokens) async -> Void
    ) async throws(ProviderError) -> ProviderSignIn {
        let signIn = try await recheck(tokens, of: subject, now: now)
        await keep(signIn.tokens)
        return signIn
    }
}
