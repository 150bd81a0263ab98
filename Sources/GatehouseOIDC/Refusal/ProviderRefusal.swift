/// Why something that a provider, or somebody who plays one, sent is refused: a code for log, audit and metrics, and words.
package struct ProviderRefusal: Error, Hashable, Sendable, CustomStringConvertible {
    package enum Code: String, Sendable, CaseIterable {
        case form = "oidc.form"
        case header = "oidc.header"
        case type = "oidc.type"
        case algorithm = "oidc.algorithm"
        case key = "oidc.key"
        case signature = "oidc.signature"
        case issuer = "oidc.issuer"
        case audience = "oidc.audience"
        case authorizedParty = "oidc.azp"
        case expired = "oidc.expired"
        case issuedAt = "oidc.issued-at"
        case notBefore = "oidc.not-before"
        case nonce = "oidc.nonce"
        case accessTokenHash = "oidc.at-hash"
        case authenticationTime = "oidc.auth-time"
        case contextClass = "oidc.acr"
        case subject = "oidc.subject"
        case events = "oidc.events"
        case tokenID = "oidc.jti"
        case replay = "oidc.replay"
        case tenant = "oidc.tenant"
        case userinfo = "oidc.userinfo"
        /// Userinfo does not take the access token any more (RFC 6750, section 3.1).
        case accessToken = "oidc.access-token"
        case claims = "oidc.claims"
        case tokenAnswer = "oidc.token-answer"
        case code = "oidc.code"
        case mixUp = "oidc.mix-up"
    }

    package let code: Code
    /// For the operator; without a part of a token.
    package let reason: String

    package init(_ code: Code, _ reason: String) {
        self.code = code
        self.reason = reason
    }

    package var description: String { reason }
}
