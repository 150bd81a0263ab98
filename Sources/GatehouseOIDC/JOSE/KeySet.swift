internal import GatehouseCore
private import GatehouseFormats

/// The public keys that a provider has at a time (RFC 7517, section 5).
package struct KeySet: Equatable, Sendable {
    /// Only those that a signature can be verified with.
    package let keys: [JSONWebKey]

    /// The most octets of a document, and the most keys in it.
    package static let maxLength = 262_144
    package static let maxKeys = 100
    /// How many keys of one name are tried.
    private static let maxAttempts = 4

    /// Reads a document.
    ///
    /// Keys that cannot be used here (for encryption, of unknown types, shared secrets) are passed over.
    ///
    /// - Throws: `.key` for what is no set of keys, or one without any that can be used.
    package init(parsing octets: [UInt8]) throws(ProviderRefusal) {
        guard octets.count <= KeySet.maxLength else {
            throw ProviderRefusal(.key, "the key set is longer than \(KeySet.maxLength) octets")
        }
        let document: JSONValue
        do { document = try JSONValue(parsing: octets) } catch {
            throw ProviderRefusal(.key, "the key set is no JSON that can be read: \(error.reason)")
        }
        guard case .array(let values)? = document["keys"] else {
            throw ProviderRefusal(.key, "the key set has no list \"keys\"")
        }
        guard values.count <= KeySet.maxKeys else {
            throw ProviderRefusal(.key, "the key set has more than \(KeySet.maxKeys) keys")
        }
        keys = values.compactMap { JSONWebKey($0) }
        guard !keys.isEmpty else {
            throw ProviderRefusal(
                .key,
                "none of the \(values.count) keys in the key set can be used: RSA of 2048 to 4096 bits, P-256, P-384, P-521 or "
                    + "Ed25519, for signatures")
        }
    }

    /// The keys that a token of an algorithm may be verified with: those of its key's name, or the only one that fits if it has none.
    ///
    /// - Throws: `.key` if there is none; a set that is fetched anew may have it.
    func candidates(id: UTF8Text?, for algorithm: SignatureAlgorithm) throws(ProviderRefusal) -> [JSONWebKey] {
        let fitting = keys.filter { $0.fits(algorithm) }
        guard let id else {
            guard fitting.count == 1 else {
                throw ProviderRefusal(
                    .key, "the token names no key, and \(fitting.count) keys of the set fit \(algorithm.rawValue)")
            }
            return fitting
        }
        let named = fitting.filter { $0.id == id }
        guard !named.isEmpty else {
            let name = SafeText.octets(id.bytes, limit: 100)
            throw ProviderRefusal(.key, "the key set has no key \"\(name)\" that fits \(algorithm.rawValue)")
        }
        return Array(named.prefix(KeySet.maxAttempts))
    }
}
