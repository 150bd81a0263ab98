private import COpenSSL
package import GatehouseCore
package import GatehouseCrypto
private import GatehouseFormats

/// The secret that Apple wants of a client: a token that a team's key signs, made anew for each call.
///
/// Source: Apple, "Creating a client secret" (Sign in with Apple REST API).
package enum AppleClientSecret {
    private static let lifetime = Duration.seconds(300)

    /// - Parameter pem: the `.p8` file of the key: PKCS#8 on P-256, without a password.
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
        let signature = try sign(token, pem: pem)
        token.append(UInt8(ascii: "."))
        Base64URL.append(signature.span, to: &token)
        return SecretOctets(token)
    }

    private static func seconds(_ moment: Timestamp) -> Int { Int(moment.milliseconds / 1_000) }

    /// ECDSA with SHA-256 on P-256: 64 octets (RFC 7518, section 3.4).
    private static func sign(_ octets: [UInt8], pem: SecretOctets) throws(CryptoError) -> [UInt8] {
        let key = unsafe pem.octets.withUnsafeBufferPointer { pem in
            unsafe gatehouse_p256_private_key(pem.baseAddress, pem.count)
        }
        guard let key = unsafe key else { throw .unusableKey }
        defer { unsafe EVP_PKEY_free(key) }
        var signature = [UInt8](repeating: 0, count: 64)
        let isSigned = unsafe signature.withUnsafeMutableBufferPointer { signature in
            unsafe octets.withUnsafeBufferPointer { octets in
                unsafe gatehouse_sign_p256(key, octets.baseAddress, octets.count, signature.baseAddress)
            }
        }
        guard isSigned else { throw .openSSL(code: ERR_get_error()) }
        return signature
    }
}
