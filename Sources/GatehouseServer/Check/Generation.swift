package import GatehouseContracts
package import GatehouseCore
package import GatehouseSessions

/// Everything a check is judged and answered by, from its first octet to its answer: policy, settings and headers as one value
/// that never changes.
///
/// What counts next is another generation (`CheckEngine.use`). A class, so that each check that is under way holds its own for
/// one reference count.
package final class Generation: Sendable {
    package let policy: Policy
    /// One for each application of the policy, in its order.
    package let headers: [IdentityHeaders]
    package let secrets: SessionSecrets
    /// The session's cookie, and all that are ours.
    package let cookies: CookieNames
    package let proxies: TrustedProxies
    package let login: LoginAddress
    /// The most octets the head of an answer may have.
    package let maxAnswerHead: Int
    /// How old an identity may be before its backend is asked again.
    package let identityRefresh: Duration
    /// How old an identity may be and still count: beyond it nobody passes until the backend answered.
    package let identityMaxAge: Duration
    /// What proxies relay to people who are refused.
    package let pages: RelayedPages

    package init(
        policy: Policy, headers: [IdentityHeaders], secrets: SessionSecrets, cookies: CookieNames,
        proxies: TrustedProxies, login: LoginAddress, maxAnswerHead: Int = 3_584,
        identityRefresh: Duration = .seconds(60), identityMaxAge: Duration = .seconds(900),
        pages: RelayedPages = RelayedPages()
    ) {
        self.policy = policy
        self.headers = headers
        self.secrets = secrets
        self.cookies = cookies
        self.proxies = proxies
        self.login = login
        self.maxAnswerHead = maxAnswerHead
        self.identityRefresh = identityRefresh
        self.identityMaxAge = identityMaxAge
        self.pages = pages
    }
}
