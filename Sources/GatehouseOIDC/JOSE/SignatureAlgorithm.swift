package import GatehouseCore

/// How a token may be signed (RFC 7518, section 3.1; RFC 8037; RFC 9864).
///
/// `none` and keyed hashes cannot be said.
package enum SignatureAlgorithm: String, Sendable, CaseIterable {
    case rs256 = "RS256"
    case rs384 = "RS384"
    case rs512 = "RS512"
    case ps256 = "PS256"
    case ps384 = "PS384"
    case ps512 = "PS512"
    case es256 = "ES256"
    case es384 = "ES384"
    case es512 = "ES512"
    case edDSA = "EdDSA"

    /// Reads `alg` as a header or a key writes it; Ed25519 has a second name (RFC 9864, section 2.2).
    package init?(spelled text: UTF8Text) {
        switch text {
        case "Ed25519": self = .edDSA
        default:
            guard
                let algorithm = SignatureAlgorithm.allCases.first(where: { $0.rawValue.utf8.elementsEqual(text.bytes) })
            else { return nil }
            self = algorithm
        }
    }

    /// The hash by OpenSSL's name; `nil` where the key brings its own.
    var digestName: String? {
        switch self {
        case .rs256, .ps256, .es256: "SHA256"
        case .rs384, .ps384, .es384: "SHA384"
        case .rs512, .ps512, .es512: "SHA512"
        case .edDSA: nil
        }
    }

    /// Octets of a signature, where it has always the same number.
    var signatureLength: Int? {
        switch self {
        case .es256, .edDSA: 64
        case .es384: 96
        case .es512: 132
        default: nil
        }
    }
}
