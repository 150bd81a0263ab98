package import GatehouseCore
internal import GatehouseFormats

/// What a provider's message that somebody signed out there has to be.
package struct LogoutTokenExpectation: Sendable {
    package let issuer: TokenIssuer
    package let clientID: UTF8Text
    package let algorithms: [SignatureAlgorithm]
    package let trustedAudiences: Set<UTF8Text>
    /// Values of `typ` besides `logout+jwt`.
    package let types: Set<UTF8Text>

    package init(
        issuer: TokenIssuer, clientID: UTF8Text, algorithms: [SignatureAlgorithm] = TokenRules().algorithms,
        trustedAudiences: Set<UTF8Text> = [], types: Set<UTF8Text> = []
    ) {
        self.issuer = issuer
        self.clientID = clientID
        self.algorithms = algorithms
        self.trustedAudiences = trustedAudiences
        self.types = types
    }

    /// What a provider's message has to be, with `issuer` as for `IDTokenExpectation`.
    package init(of provider: Provider, issuer: UTF8Text) {
        self.init(
            issuer: TokenIssuer(issuer, tenants: provider.tokens.tenants), clientID: UTF8Text(provider.client.id),
            algorithms: provider.tokens.algorithms,
            trustedAudiences: Set(provider.tokens.trustedAudiences.map { UTF8Text($0) }),
            types: Set(provider.tokens.logoutTokenTypes.map { UTF8Text($0) }))
    }
}

/// Takes a message that somebody signed out, or says why not (OpenID Connect Back-Channel Logout 1.0, section 2.6).
///
/// Whether it came before is for the caller to find out.
package enum LogoutTokenVerifier {
    /// How long a message may be on its way.
    static let lifetime = Duration.seconds(120)
    private static let event: UTF8Text = "http://schemas.openid.net/event/backchannel-logout"

    /// - Throws: as `IDTokenVerifier`.
    package static func verify(
        _ octets: [UInt8], as expected: LogoutTokenExpectation, keys: KeySet, now: Timestamp
    ) throws(ProviderRefusal) -> LogoutNotice {
        let token = try SignedToken(parsing: octets, algorithms: expected.algorithms)
        try checkType(token, expected.types)
        let claims = try TokenClaims.parse(token.unverifiedPayload)
        guard !claims.has("nonce") else {
            throw ProviderRefusal(.nonce, "the logout token has a \"nonce\": it is an ID token")
        }
        guard case .object? = claims["events"]?[member: event] else {
            throw ProviderRefusal(.events, "the logout token has no \"events\" with \"\(event)\"")
        }
        let issuer = try expected.issuer.issuer(of: claims)
        try TokenClaims.checkAudience(claims, clientID: expected.clientID, trusted: expected.trustedAudiences)
        let oldest = Duration.zero - lifetime - TokenClaims.leeway
        let issuedAt = try TokenClaims.checkIssue(claims, notBefore: now.advanced(by: oldest), now: now)
        try TokenClaims.checkExpiry(claims, now: now)
        try TokenClaims.checkNotBefore(claims, now: now)
        guard let id = claims["jti"]?.text, ClaimText.isShortASCII(id) else {
            throw ProviderRefusal(.tokenID, "the logout token has no \"jti\" of 1 to 255 printable octets")
        }
        let (subject, session) = try whom(claims)
        try token.verify(with: keys)
        return LogoutNotice(
            issuer: issuer, subject: subject, session: session, id: id,
            expiresAt: issuedAt.advanced(by: lifetime).advanced(by: TokenClaims.leeway))
    }

    private static func checkType(_ token: SignedToken, _ others: Set<UTF8Text>) throws(ProviderRefusal) {
        guard let type = token.type else { throw ProviderRefusal(.type, "the logout token has no \"typ\"") }
        guard type == "logout+jwt" || others.contains(type) else {
            let name = SafeText.octets(type.bytes, limit: 32)
            throw ProviderRefusal(
                .type, "the token is of type \"\(name)\", expected \"logout+jwt\"; `logout_token_types` admits others")
        }
    }

    /// `sub`, `sid`, or both.
    private static func whom(
        _ claims: JSONValue
    ) throws(ProviderRefusal) -> (subject: UTF8Text?, session: UTF8Text?) {
        let subject = claims.has("sub") ? try TokenClaims.subject(of: claims) : nil
        var session: UTF8Text?
        if claims.has("sid") {
            guard let text = claims["sid"]?.text, ClaimText.isShortASCII(text) else {
                throw ProviderRefusal(.subject, "\"sid\" of the logout token is no text of 1 to 255 printable octets")
            }
            session = text
        }
        guard subject != nil || session != nil else {
            throw ProviderRefusal(.subject, "the logout token has neither \"sub\" nor \"sid\"")
        }
        return (subject, session)
    }
}
