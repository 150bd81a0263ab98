internal import GatehouseCore
internal import GatehouseFormats

/// The rules that claims of ID tokens and of logout tokens share (OpenID Connect Core 1.0, section 3.1.3.7).
enum TokenClaims {
    /// How far the provider's clock may be off.
    static let leeway = Duration.seconds(60)

    /// The claims of a token, which nobody believes yet.
    static func parse(_ octets: [UInt8]) throws(ProviderRefusal) -> JSONValue {
        let claims: JSONValue
        do { claims = try JSONValue(parsing: octets) } catch {
            throw ProviderRefusal(.claims, "the token's claims are no JSON that can be read: \(error.reason)")
        }
        guard case .object = claims else { throw ProviderRefusal(.claims, "the token's claims are no object") }
        return claims
    }

    /// `aud`: us, and nobody beside us who is not trusted.
    ///
    /// - Returns: whether there are several.
    @discardableResult
    static func checkAudience(
        _ claims: JSONValue, clientID: UTF8Text, trusted: Set<UTF8Text>
    ) throws(ProviderRefusal) -> Bool {
        let audiences: [UTF8Text]
        switch claims["aud"] {
        case .string(let one): audiences = [one]
        case .array(let values):
            audiences = values.compactMap(\.text)
            guard audiences.count == values.count else {
                throw ProviderRefusal(.audience, "\"aud\" of the token holds something that is no text")
            }
        default: throw ProviderRefusal(.audience, "the token has no \"aud\"")
        }
        guard audiences.contains(clientID) else {
            throw ProviderRefusal(.audience, "the token is not for this client: \"aud\" is without its id")
        }
        if let other = audiences.first(where: { $0 != clientID && !trusted.contains($0) }) {
            throw ProviderRefusal(
                .audience,
                "the token is for \"\(SafeText.octets(other.bytes, limit: 100))\", too, which is not one of `trusted_audiences`"
            )
        }
        return audiences.count > 1
    }

    /// `exp`, if it is there: not past.
    static func checkExpiry(_ claims: JSONValue, now: Timestamp) throws(ProviderRefusal) {
        guard let expiry = try moment("exp", of: claims, .expired) else { return }
        guard now < expiry.advanced(by: leeway) else {
            throw ProviderRefusal(.expired, "the token expired \(now.since(expiry).components.seconds) s ago")
        }
    }

    /// `iat`: there, not in the future, and not before some moment.
    static func checkIssue(
        _ claims: JSONValue, notBefore earliest: Timestamp, now: Timestamp
    ) throws(ProviderRefusal) -> Timestamp {
        guard let issuedAt = try moment("iat", of: claims, .issuedAt) else {
            throw ProviderRefusal(.issuedAt, "the token has no \"iat\"")
        }
        guard issuedAt <= now.advanced(by: leeway) else {
            throw ProviderRefusal(
                .issuedAt,
                "the token is issued \(issuedAt.since(now).components.seconds) s in the future: compare the clocks")
        }
        guard issuedAt >= earliest else {
            throw ProviderRefusal(
                .issuedAt,
                "the token is issued \(now.since(issuedAt).components.seconds) s ago, before it was asked for")
        }
        return issuedAt
    }

    /// `nbf`, if it is there.
    static func checkNotBefore(_ claims: JSONValue, now: Timestamp) throws(ProviderRefusal) {
        guard let start = try moment("nbf", of: claims, .notBefore) else { return }
        guard start <= now.advanced(by: leeway) else {
            throw ProviderRefusal(.notBefore, "the token is not valid yet: compare the clocks")
        }
    }

    /// `sub`: 1 to 255 octets of printable ASCII.
    static func subject(of claims: JSONValue) throws(ProviderRefusal) -> UTF8Text {
        guard let subject = claims["sub"]?.text, ClaimText.isShortASCII(subject) else {
            throw ProviderRefusal(.subject, "the token has no \"sub\" of 1 to 255 printable octets")
        }
        return subject
    }

    /// A moment in seconds (RFC 7519, section 2); `nil` only if the claim is missing.
    static func moment(
        _ name: UTF8Text, of claims: JSONValue, _ code: ProviderRefusal.Code
    ) throws(ProviderRefusal) -> Timestamp? {
        guard claims.has(name) else { return nil }
        guard let moment = claims[member: name]?.number?.moment else {
            throw ProviderRefusal(code, "\"\(name)\" of the token is no number of seconds")
        }
        return moment
    }
}
