package import GatehouseCore
package import GatehouseCrypto
private import GatehouseFormats

/// The secret that Apple wants of a client: a token that a team's key signs, made anew for each call.
///
/// Source: Apple, "Creating a client secret" (Sign in with Apple REST API).
package enum AppleClientSecret {
    private static let lifetime = Duration.seconds(300)

    /// Makes one that is good for five minutes.
    ///
    /// `pem` is the key's `.p8` file: PKCS#8 on P-256, without a password.
    ///
    /// - Throws: `CryptoError.unusableKey` for any other.
    package static func make(
        pem: SecretOctets, keyID: String, team: String, clientID: String, now: Timestamp
    ) throws(CryptoError) -> SecretOctets {
        let header = JSON.object([("alg", .string("ES256")), ("kid", .string(keyID)), ("typ", .string("JWT"))])
        let claims = JSON.object([
            ("iss", .string(team)), ("iat", .number(seconds(now))),
            ("exp", .number(seconds(now.advanced(by: lifetime)))), ("aud", .string("https://appleid.apple.com")),
            ("sub", .string(clientID)),
        ])
        var token = Base64URL.encode(header.octets) + [UInt8(ascii: ".")] + Base64URL.encode(claims.octets)
        let signature = try P256Signature.make(over: token, pem: pem)
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature.span, to: &token)
        return SecretOctets(token)
    }

    private static func seconds(_ moment: Timestamp) -> Int { Int(moment.milliseconds / 1_000) }
}
