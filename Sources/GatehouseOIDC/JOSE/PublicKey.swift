private import COpenSSL

/// A public key as libcrypto holds it, for as long as one signature is looked at.
@safe struct PublicKey: ~Copyable {
    private let pointer: OpaquePointer

    /// `nil` for what is no key, as a point that is not on its curve.
    init?(_ material: JSONWebKey.Material) {
        let key: OpaquePointer?
        switch material {
        case .rsa(let modulus, let exponent):
            unsafe key = unsafe modulus.withUnsafeBufferPointer { modulus in
                unsafe exponent.withUnsafeBufferPointer { exponent in
                    unsafe gatehouse_rsa_key(
                        modulus.baseAddress, modulus.count, exponent.baseAddress, exponent.count)
                }
            }
        case .curve(let curve, let point):
            unsafe key = unsafe point.withUnsafeBufferPointer { point in
                unsafe gatehouse_ec_key(curve.rawValue, point.baseAddress, point.count)
            }
        case .ed25519(let octets):
            unsafe key = unsafe octets.withUnsafeBufferPointer { octets in
                unsafe EVP_PKEY_new_raw_public_key_ex(nil, "ED25519", nil, octets.baseAddress, octets.count)
            }
        }
        guard let key = unsafe key else {
            ERR_clear_error()
            return nil
        }
        unsafe pointer = key
    }

    deinit { unsafe EVP_PKEY_free(pointer) }

    /// Whether a signature over some octets is this key's; the algorithm has to be one that the key fits.
    func hasSigned(_ octets: [UInt8], _ signature: [UInt8], by algorithm: SignatureAlgorithm) -> Bool {
        guard !signature.isEmpty, algorithm.signatureLength ?? signature.count == signature.count else { return false }
        return unsafe octets.withUnsafeBufferPointer { octets in
            unsafe signature.withUnsafeBufferPointer { signature in
                switch algorithm {
                case .es256, .es384, .es512:
                    unsafe gatehouse_verify_pair(
                        pointer, algorithm.digestName, signature.baseAddress, signature.count, octets.baseAddress,
                        octets.count)
                case .ps256, .ps384, .ps512:
                    unsafe gatehouse_verify(
                        pointer, algorithm.digestName, true, signature.baseAddress, signature.count,
                        octets.baseAddress, octets.count)
                case .rs256, .rs384, .rs512, .edDSA:
                    unsafe gatehouse_verify(
                        pointer, algorithm.digestName, false, signature.baseAddress, signature.count,
                        octets.baseAddress, octets.count)
                }
            }
        }
    }
}
