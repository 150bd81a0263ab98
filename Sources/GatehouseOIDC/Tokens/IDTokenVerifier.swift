package import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseFormats

/// Takes an ID token, or says why not (OpenID Connect Core 1.0, section 3.1.3.7; RFC 8725).
///
/// What is cheap comes first: the signature is looked at last, and nothing of a token is known to anybody before it was right.
package enum IDTokenVerifier {
    /// What no ID token has: it would be a message of another kind (Back-Channel Logout 1.0, section 2.4).
    private static let foreignClaims: [UTF8Text] = ["events"]

    /// - Throws: with the code of what is wrong; `.key` if the key set has no key for it, and one fetched anew may have.
    package static func verify(
        _ octets: [UInt8], as expected: IDTokenExpectation, keys: KeySet, now: Timestamp
    ) throws(ProviderRefusal) -> IDToken {
        let token = try SignedToken(parsing: octets, algorithms: expected.algorithms)
        try checkType(token)
        let claims = try TokenClaims.parse(token.unverifiedPayload)
        for name in foreignClaims where claims.has(name) {
            throw ProviderRefusal(.events, "the token has \"\(name)\": it is no ID token")
        }
        let issuer = try expected.issuer.issuer(of: claims)
        try checkRecipient(claims, expected)
        try checkTimes(claims, expected, now)
        let subject = try TokenClaims.subject(of: claims)
        try checkOccasion(claims, subject, expected.occasion)
        let authenticatedAt = try authenticationTime(claims, expected, now)
        try checkContextClass(claims, expected.contextClasses)
        try checkAccessToken(claims, expected.accessToken, token.algorithm)
        try token.verify(with: keys)
        return IDToken(
            subject: ExternalSubject(issuer: issuer, subject: subject), claims: claims, authenticatedAt: authenticatedAt
        )
    }

    /// An access token (`at+jwt`) or a logout token of the same provider is no ID token (RFC 8725, section 3.11).
    private static func checkType(_ token: SignedToken) throws(ProviderRefusal) {
        switch token.type {
        case nil, "JWT", "jwt": return
        case let type?:
            let name = SafeText.octets(type.bytes, limit: 32)
            throw ProviderRefusal(.type, "the token is of type \"\(name)\", expected an ID token (JWT)")
        }
    }

    private static func checkRecipient(
        _ claims: JSONValue, _ expected: IDTokenExpectation
    ) throws(ProviderRefusal) {
        let areSeveral = try TokenClaims.checkAudience(
            claims, clientID: expected.clientID, trusted: expected.trustedAudiences)
        guard claims.has("azp") else {
            guard !areSeveral else {
                throw ProviderRefusal(.authorizedParty, "the token has several audiences, and no \"azp\"")
            }
            return
        }
        guard claims["azp"]?.text == expected.clientID else {
            throw ProviderRefusal(.authorizedParty, "the token was issued to another client: \"azp\" is not its id")
        }
    }

    private static func checkTimes(
        _ claims: JSONValue, _ expected: IDTokenExpectation, _ now: Timestamp
    ) throws(ProviderRefusal) {
        guard claims.has("exp") else { throw ProviderRefusal(.expired, "the token has no \"exp\"") }
        try TokenClaims.checkExpiry(claims, now: now)
        let earliest = expected.startedAt.advanced(by: .zero - TokenClaims.leeway)
        _ = try TokenClaims.checkIssue(claims, notBefore: earliest, now: now)
        try TokenClaims.checkNotBefore(claims, now: now)
    }

    private static func checkOccasion(
        _ claims: JSONValue, _ subject: UTF8Text, _ occasion: IDTokenExpectation.Occasion
    ) throws(ProviderRefusal) {
        switch occasion {
        case .signIn(let nonce):
            guard let sent = claims["nonce"]?.text else {
                throw ProviderRefusal(.nonce, "the token has no \"nonce\"")
            }
            guard ConstantTime.equal(sent.bytes, Array(nonce.text.utf8)) else {
                throw ProviderRefusal(.nonce, "the token's \"nonce\" is that of another sign-in")
            }
        case .refresh(let known):
            guard subject == known else {
                throw ProviderRefusal(.subject, "the refreshed token is somebody else's")
            }
        }
    }

    /// `auth_time`; 0 says that the provider does not know.
    private static func authenticationTime(
        _ claims: JSONValue, _ expected: IDTokenExpectation, _ now: Timestamp
    ) throws(ProviderRefusal) -> Timestamp? {
        var time = try TokenClaims.moment("auth_time", of: claims, .authenticationTime)
        if time == Timestamp(milliseconds: 0) { time = nil }
        if let time, time > now.advanced(by: TokenClaims.leeway) {
            throw ProviderRefusal(.authenticationTime, "\"auth_time\" of the token is in the future")
        }
        guard let maxAge = expected.maxAge else { return time }
        guard let time else {
            guard expected.trustsReauthentication else {
                throw ProviderRefusal(
                    .authenticationTime, "the provider does not say when it asked the person (\"auth_time\")")
            }
            return nil
        }
        guard time >= now.advanced(by: .zero - maxAge).advanced(by: .zero - TokenClaims.leeway) else {
            throw ProviderRefusal(
                .authenticationTime,
                "the provider asked the person \(now.since(time).components.seconds) s ago, \(maxAge.components.seconds) s at most were asked for"
            )
        }
        return time
    }

    private static func checkContextClass(_ claims: JSONValue, _ wanted: [UTF8Text]) throws(ProviderRefusal) {
        guard !wanted.isEmpty else { return }
        guard let contextClass = claims["acr"]?.text, wanted.contains(contextClass) else {
            throw ProviderRefusal(.contextClass, "\"acr\" of the token is not what was asked for")
        }
    }

    /// `at_hash`, if it is there: the left half of the hash of the access token.
    private static func checkAccessToken(
        _ claims: JSONValue, _ accessToken: UTF8Text, _ algorithm: SignatureAlgorithm
    ) throws(ProviderRefusal) {
        guard claims.has("at_hash") else { return }
        let digest: [UInt8]
        do {
            switch algorithm {
            case .rs256, .ps256, .es256: digest = try Digest.sha256(accessToken.bytes)
            case .rs384, .ps384, .es384: digest = try Digest.sha384(accessToken.bytes)
            // Ed25519 hashes with SHA-512 itself.
            case .rs512, .ps512, .es512, .edDSA: digest = try Digest.sha512(accessToken.bytes)
            }
        } catch { throw ProviderRefusal(.accessTokenHash, "the access token cannot be hashed: \(error)") }
        let hash = Base64URL.encode(Array(digest.prefix(digest.count / 2)))
        guard let sent = claims["at_hash"]?.text, ConstantTime.equal(sent.bytes, hash) else {
            throw ProviderRefusal(
                .accessTokenHash, "the token came with another access token: \"at_hash\" is not its hash")
        }
    }
}
