package import GatehouseCore

/// The hashers that are understood; the first one makes new hashes.
package struct PasswordHashers: Sendable {
    private let preferred: any PasswordHasher
    private let others: [any PasswordHasher]
    private let pepper: PepperRing

    /// Others may be of the preferred algorithm too: with another cost they are outdated.
    package init(preferred: any PasswordHasher, others: [any PasswordHasher] = [], pepper: PepperRing = .none) {
        self.preferred = preferred
        self.others = others
        self.pepper = pepper
    }

    /// What a comparison brought.
    package struct Verification: Equatable, Sendable {
        package let matches: Bool
        /// Whether a hash that matched should be made anew: another algorithm or another cost than the preferred one.
        package let mustUpdate: Bool

        package init(matches: Bool, mustUpdate: Bool) {
            self.matches = matches
            self.mustUpdate = mustUpdate
        }
    }

    /// Compares a password with a stored hash.
    ///
    /// Unusable, unknown and malformed hashes match nothing, and cost one hash of the preferred kind all the same. A wrong
    /// password for an outdated hash costs one more than the comparison, as the right one does when the hash is renewed.
    ///
    /// - Throws: `CryptoError` if it could not be computed: answer 503, never "wrong password".
    package func verify(_ password: Password, against encoded: String) throws(CryptoError) -> Verification {
        guard let stored = pepper.open(encoded), let hash = EncodedHash(stored.encoded), let hasher = hasher(of: hash)
        else {
            try spend(password)
            return Verification(matches: false, mustUpdate: false)
        }
        let isOutdated = stored.isOutdated || !preferred.recognizes(hash) || preferred.isOutdated(hash)
        let matches = try hasher.matches(try PepperRing.peppered(password, stored.key), encoded: hash)
        if !matches, isOutdated { try spend(password) }
        return Verification(matches: matches, mustUpdate: matches && isOutdated)
    }

    /// Why a stored hash can match no password here; `nil` if it can.
    ///
    /// For everybody who takes hashes over from elsewhere, and for the log where one is met.
    package func refusal(of encoded: String) -> HashRefusal? {
        guard encoded.utf8.count <= EncodedHash.maxLength else {
            return .malformed("it is longer than \(EncodedHash.maxLength) octets")
        }
        guard let stored = pepper.open(encoded) else { return .malformed("passwords.pepper has no such key") }
        guard let hash = EncodedHash(stored.encoded), let hasher = hasher(of: hash) else { return .unknown }
        return hasher.refusal(hash)
    }

    /// Does the work of a comparison for an account that does not exist.
    package func spend(_ password: Password) throws(CryptoError) { _ = try make(password) }

    /// Makes a hash of the preferred kind.
    package func make(_ password: Password) throws(CryptoError) -> String {
        try pepper.seal(password) { password throws(CryptoError) in try preferred.make(password) }
    }

    /// The memory that comparing with a stored hash takes, in KiB; for the pool's budget.
    package func memoryKiB(for encoded: String?) -> Int {
        guard let encoded, let stored = pepper.open(encoded), let hash = EncodedHash(stored.encoded),
            let hasher = hasher(of: hash)
        else {
            return preferred.ownMemoryKiB
        }
        // A match may be followed by a new hash of the preferred kind.
        return max(hasher.memoryKiB(hash), preferred.ownMemoryKiB)
    }

    private func hasher(of hash: EncodedHash) -> (any PasswordHasher)? {
        preferred.recognizes(hash) ? preferred : others.first { $0.recognizes(hash) }
    }
}
