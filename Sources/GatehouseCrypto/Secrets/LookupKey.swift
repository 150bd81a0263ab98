package import GatehouseCore
private import COpenSSL

/// The key under which secrets become lookup ids; never rotated, since it would end every session.
package struct LookupKey: Sendable, CustomStringConvertible, CustomReflectable {
    private let secret: [UInt8]

    /// - Parameter secret: at least 32 octets.
    /// - Throws: `CryptoError.unusableKey` for fewer.
    package init(_ secret: [UInt8]) throws(CryptoError) {
        guard secret.count >= 32 else { throw .unusableKey }
        self.secret = secret
    }

    /// Makes a hasher for one thread or event loop.
    package func makeHasher() throws(CryptoError) -> LookupHasher { try LookupHasher(secret: secret) }

    /// Derives the key that binds form tokens to browsers.
    package func makeCSRFKey() throws(CryptoError) -> CSRFKey {
        CSRFKey(secret: try KeyDerivation.key(from: secret, purpose: "gatehouse csrf v1"))
    }

    /// Derives the key that marks browsers which somebody signed in with.
    package func makeDeviceKey() throws(CryptoError) -> TagKey {
        TagKey(secret: try KeyDerivation.key(from: secret, purpose: "gatehouse device v1"))
    }

    /// Derives the key that vouches for the lines of an audit file.
    package func makeAuditKey() throws(CryptoError) -> TagKey {
        TagKey(secret: try KeyDerivation.key(from: secret, purpose: "gatehouse audit v1"))
    }

    /// Derives what tells this key from another one, and nothing else about it: 16 octets.
    package func makeMark() throws(CryptoError) -> [UInt8] {
        Array(try KeyDerivation.key(from: secret, purpose: "gatehouse mark v1").prefix(16))
    }

    package var description: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}

/// Keyed hashes with one OpenSSL context that is re-initialised, never created per request.
///
/// Not `Sendable`: one per event loop, or one per use elsewhere. A hash costs about 0.2 µs.
@safe package final class LookupHasher {
    private let context: OpaquePointer

    init(secret: [UInt8]) throws(CryptoError) {
        guard let mac = unsafe EVP_MAC_fetch(nil, "HMAC", nil) else { throw .openSSL(code: ERR_get_error()) }
        defer { unsafe EVP_MAC_free(mac) }
        guard let context = unsafe EVP_MAC_CTX_new(mac) else { throw .openSSL(code: ERR_get_error()) }
        let result = unsafe secret.withUnsafeBufferPointer { key in
            unsafe gatehouse_hmac_sha256_init(context, key.baseAddress, key.count)
        }
        guard result == 1 else {
            unsafe EVP_MAC_CTX_free(context)
            throw .openSSL(code: ERR_get_error())
        }
        unsafe self.context = context
    }

    deinit { unsafe EVP_MAC_CTX_free(context) }

    /// The id of a secret: the first 16 octets of HMAC-SHA-256(key, kind ‖ 0x00 ‖ secret).
    package func id(of token: SecretToken, kind: SecretKind) throws(CryptoError) -> Octets16 {
        var message: [UInt8] = []
        message.reserveCapacity(34)
        message += kind.rawValue.utf8
        message.append(0)
        for half in [token.first.high, token.first.low, token.second.high, token.second.low] {
            for shift in stride(from: UInt64(56), through: 0, by: -8) {
                message.append(UInt8(truncatingIfNeeded: half >> shift))
            }
        }
        return try hash(message)
    }

    /// The id of a user: the same construction over `u` ‖ 0x00 ‖ backend ‖ 0x00 ‖ user id.
    package func id(of user: UserReference) throws(CryptoError) -> Octets16 {
        var message = Array(SecretKind.user.rawValue.utf8)
        message.append(0)
        message += user.backend.text.bytes
        message.append(0)
        message += user.id.bytes
        return try hash(message)
    }

    /// The id of anything else that must not be readable in the store: the same construction over kind ‖ 0x00 ‖ octets.
    package func id(of octets: [UInt8], kind: SecretKind) throws(CryptoError) -> Octets16 {
        try hash(Array(kind.rawValue.utf8) + [0] + octets)
    }

    private func hash(_ message: [UInt8]) throws(CryptoError) -> Octets16 {
        var digest: InlineArray<32, UInt8> = InlineArray(repeating: 0)
        var length = 0
        var span = digest.mutableSpan
        let result = unsafe span.withUnsafeMutableBufferPointer { out -> Int32 in
            guard unsafe EVP_MAC_init(context, nil, 0, nil) == 1 else { return 0 }
            let updated = unsafe message.withUnsafeBufferPointer {
                unsafe EVP_MAC_update(context, $0.baseAddress, $0.count)
            }
            guard updated == 1 else { return 0 }
            return unsafe EVP_MAC_final(context, out.baseAddress, &length, out.count)
        }
        guard result == 1, length == 32, let id = Octets16(prefix: digest.span) else {
            throw .openSSL(code: ERR_get_error())
        }
        return id
    }
}
