/// A sign-in at a provider that came to nothing.
package enum ProviderError: Error, Equatable, CustomStringConvertible {
    /// The provider gave no answer, or none that is one: 503. `reason` is for the log; no secret is in it.
    case outage(reason: String)
    /// The provider and Gatehouse are not set up for each other: 502. `reason` names the line to change.
    case misconfigured(reason: String)
    /// The person or the provider said no (`access_denied`).
    case denied
    /// The provider wants to ask the person something first.
    case needsInteraction
    /// Something that was sent is not what it has to be: 403.
    case refused(ProviderRefusal)

    package var description: String {
        switch self {
        case .outage(let reason), .misconfigured(let reason): reason
        case .denied: "the person or the provider said no"
        case .needsInteraction: "the provider wants to ask the person something"
        case .refused(let refusal): refusal.description
        }
    }
}

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
