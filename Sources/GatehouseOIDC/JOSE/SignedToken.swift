package import GatehouseCore
internal import GatehouseFormats

/// A signed token (RFC 7515, section 3.1) whose form and header are right; what it claims is believed by nobody yet.
package struct SignedToken: Sendable {
    package let algorithm: SignatureAlgorithm
    /// The name of the key, at most 256 octets.
    package let keyID: UTF8Text?
    /// `typ`, as it came.
    package let type: UTF8Text?
    /// What the signature is over, as received.
    private let signedOctets: [UInt8]
    private let signature: [UInt8]
    /// Not to be believed before `verify(with:)`.
    let unverifiedPayload: [UInt8]

    /// The most octets of a token.
    package static let maxLength = 65_536
    /// What changes how a token is to be read, or brings keys along (RFC 7515, section 4.1; RFC 8725, section 3.11).
    private static let refusedMembers: [UTF8Text] = ["crit", "jku", "jwk", "x5u", "zip", "b64"]

    /// Reads a token's form and header.
    ///
    /// - Throws: `.form`, `.header`, `.algorithm` or `.type`.
    package init(parsing octets: [UInt8], algorithms: [SignatureAlgorithm]) throws(ProviderRefusal) {
        guard octets.count <= SignedToken.maxLength else {
            throw ProviderRefusal(.form, "the token is longer than \(SignedToken.maxLength) octets")
        }
        let parts = octets.split(separator: UInt8(ascii: "."), maxSplits: 5, omittingEmptySubsequences: false)
        guard parts.count == 3 else {
            let isEncrypted = parts.count == 5 ? ": an encrypted token; choose none at the provider" : ""
            throw ProviderRefusal(.form, "the token has not three parts\(isEncrypted)")
        }
        let decoded = parts.compactMap { Base64URL.decode(Array($0).span) }
        guard decoded.count == 3, decoded.allSatisfy({ !$0.isEmpty })
        else { throw ProviderRefusal(.form, "a part of the token is no base64url, or empty") }
        let fields = try SignedToken.header(decoded[0])
        algorithm = try SignedToken.algorithm(of: fields, among: algorithms)
        keyID = try SignedToken.keyID(of: fields)
        type = try SignedToken.type(of: fields)
        signedOctets = Array(octets.prefix(parts[0].count + 1 + parts[1].count))
        signature = decoded[2]
        unverifiedPayload = decoded[1]
    }

    /// Whether one of a provider's keys signed it, over the octets as received.
    ///
    /// - Throws: `.key` without a key that fits, `.signature`.
    /// - Complexity: 20 to 110 µs of CPU for each key that fits, at most four.
    package func verify(with keys: KeySet) throws(ProviderRefusal) {
        for key in try keys.candidates(id: keyID, for: algorithm) {
            guard let key = PublicKey(key.material) else { continue }
            if key.hasSigned(signedOctets, signature, by: algorithm) { return }
        }
        throw ProviderRefusal(.signature, "the token's signature is not one of the provider's keys")
    }

    private static func header(_ octets: [UInt8]) throws(ProviderRefusal) -> JSONValue {
        let header: JSONValue
        do { header = try JSONValue(parsing: octets) } catch {
            throw ProviderRefusal(.header, "the token's header is no JSON that can be read: \(error.reason)")
        }
        guard case .object = header else { throw ProviderRefusal(.header, "the token's header is no object") }
        for name in refusedMembers where header.has(name) {
            throw ProviderRefusal(.header, "the token's header has \"\(name)\"")
        }
        return header
    }

    private static func algorithm(
        of header: JSONValue, among algorithms: [SignatureAlgorithm]
    ) throws(ProviderRefusal) -> SignatureAlgorithm {
        guard let text = header["alg"]?.text else {
            throw ProviderRefusal(.algorithm, "the token's header has no \"alg\"")
        }
        guard let algorithm = SignatureAlgorithm(spelled: text), algorithms.contains(algorithm) else {
            let name = SafeText.octets(text.bytes, limit: 32)
            let isKeyedHash = text.bytes.starts(with: "HS".utf8)
            let advice = isKeyedHash ? "; choose a signing key for this client at the provider" : ""
            throw ProviderRefusal(
                .algorithm,
                "the token is signed with \"\(name)\", expected \(algorithms.map(\.rawValue).joined(separator: ", "))\(advice)"
            )
        }
        return algorithm
    }

    private static func keyID(of header: JSONValue) throws(ProviderRefusal) -> UTF8Text? {
        guard header.has("kid") else { return nil }
        guard let id = header["kid"]?.text, id.bytes.count <= JSONWebKey.maxIDLength else {
            throw ProviderRefusal(.header, "\"kid\" of the token's header is no text of at most 256 octets")
        }
        return id
    }

    private static func type(of header: JSONValue) throws(ProviderRefusal) -> UTF8Text? {
        guard header.has("typ") else { return nil }
        guard let type = header["typ"]?.text else {
            throw ProviderRefusal(.type, "\"typ\" of the token's header is no text")
        }
        return type
    }
}
