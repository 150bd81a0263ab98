package import GatehouseCore
package import GatehouseFormats

/// A public key of a provider (RFC 7517): a value, judged when it is read.
///
/// What else stands in it, private members above all, is not taken.
package struct JSONWebKey: Equatable, Sendable {
    /// The numbers of a key, highest octet first.
    enum Material: Equatable, Sendable {
        case rsa(modulus: [UInt8], exponent: [UInt8])
        /// 04, x, y.
        case curve(Curve, point: [UInt8])
        case ed25519([UInt8])
    }

    /// A curve by its name here (RFC 7518, section 6.2.1.1).
    enum Curve: String, CaseIterable, Sendable {
        case p256 = "P-256"
        case p384 = "P-384"
        case p521 = "P-521"

        /// Octets of a coordinate.
        var width: Int {
            switch self {
            case .p256: 32
            case .p384: 48
            case .p521: 66
            }
        }
    }

    /// Its name in the set: at most 256 octets, which are compared and used for nothing else.
    package let id: UTF8Text?
    /// The only algorithm that it is for, if it says so.
    let algorithm: SignatureAlgorithm?
    let material: Material

    /// The most octets of a key's name.
    static let maxIDLength = 256

    /// - Returns: `nil` for what no token may be verified with: of another type, too short, for encryption, a point off its curve.
    package init?(_ value: JSONValue) {
        guard JSONWebKey.isForSignatures(value), let material = JSONWebKey.material(of: value) else { return nil }
        var algorithm: SignatureAlgorithm?
        if value.has("alg") {
            guard let text = value["alg"]?.text, let named = SignatureAlgorithm(spelled: text) else { return nil }
            algorithm = named
        }
        var id: UTF8Text?
        if value.has("kid") {
            guard let text = value["kid"]?.text, text.bytes.count <= JSONWebKey.maxIDLength else { return nil }
            id = text
        }
        self.id = id
        self.algorithm = algorithm
        self.material = material
        guard PublicKey(material) != nil else { return nil }
    }

    /// Whether tokens of an algorithm may be verified with it (RFC 8725, section 3.1).
    package func fits(_ wanted: SignatureAlgorithm) -> Bool {
        guard algorithm == nil || algorithm == wanted else { return false }
        switch (material, wanted) {
        case (.rsa, .rs256), (.rsa, .rs384), (.rsa, .rs512), (.rsa, .ps256), (.rsa, .ps384), (.rsa, .ps512),
            (.curve(.p256, _), .es256), (.curve(.p384, _), .es384), (.curve(.p521, _), .es512), (.ed25519, .edDSA):
            return true
        default: return false
        }
    }

    /// RFC 7517, sections 4.2 and 4.3.
    private static func isForSignatures(_ value: JSONValue) -> Bool {
        if value.has("use"), value["use"]?.text != "sig" { return false }
        guard value.has("key_ops") else { return true }
        guard case .array(let operations)? = value["key_ops"] else { return false }
        return operations.contains(.string("verify"))
    }

    private static func material(of value: JSONValue) -> Material? {
        switch value["kty"]?.text {
        case "RSA": rsa(value)
        case "EC": curve(value)
        case "OKP": ed25519(value)
        default: nil
        }
    }

    /// 2,048 to 4,096 bits, and an odd exponent from 3 to 2³².
    private static func rsa(_ value: JSONValue) -> Material? {
        guard let modulus = octets(value["n"], atMost: 1_024).map(withoutZeros), let first = modulus.first,
            let exponent = octets(value["e"], atMost: 1_024).map(withoutZeros), let last = exponent.last
        else { return nil }
        let bits = modulus.count * 8 - first.leadingZeroBitCount
        // An odd number of up to four octets is below 2³².
        guard (2_048...4_096).contains(bits), last & 1 == 1, exponent.count <= 4, exponent != [1] else { return nil }
        return .rsa(modulus: modulus, exponent: exponent)
    }

    /// Both coordinates are written in full (RFC 7518, section 6.2.1.2).
    private static func curve(_ value: JSONValue) -> Material? {
        guard let name = value["crv"]?.text,
            let curve = Curve.allCases.first(where: { $0.rawValue.utf8.elementsEqual(name.bytes) }),
            let x = octets(value["x"], atMost: curve.width), x.count == curve.width,
            let y = octets(value["y"], atMost: curve.width), y.count == curve.width
        else { return nil }
        return .curve(curve, point: [4] + x + y)
    }

    private static func ed25519(_ value: JSONValue) -> Material? {
        guard value["crv"]?.text == "Ed25519", let octets = octets(value["x"], atMost: 32), octets.count == 32 else {
            return nil
        }
        return .ed25519(octets)
    }

    private static func octets(_ value: JSONValue?, atMost limit: Int) -> [UInt8]? {
        guard let text = value?.text, text.bytes.count <= (limit * 4 + 2) / 3 else { return nil }
        return Base64URL.decode(text.bytes.span)
    }

    private static func withoutZeros(_ octets: [UInt8]) -> [UInt8] { Array(octets.drop { $0 == 0 }) }
}
