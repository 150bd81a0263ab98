private import CArgon2
package import GatehouseCore

/// Argon2 (RFC 9106) as Django stores it: `argon2$argon2id$v=19$m=47104,t=1,p=1$salt$hash`.
package struct Argon2Hasher: PasswordHasher {
    /// What a hash costs.
    package struct Parameters: Equatable, Sendable {
        package let memoryKiB: Int
        package let iterations: Int
        package let parallelism: Int

        package init(memoryKiB: Int, iterations: Int, parallelism: Int) {
            self.memoryKiB = memoryKiB
            self.iterations = iterations
            self.parallelism = parallelism
        }

        /// OWASP's first choice.
        package static let standard = Parameters(memoryKiB: 47_104, iterations: 1, parallelism: 1)
    }

    /// The most that a stored hash may cost: more is refused without being computed.
    private static let most = Parameters(memoryKiB: 262_144, iterations: 16, parallelism: 16)
    private static let tagLength = 32

    private let parameters: Parameters

    package init(_ parameters: Parameters = .standard) { self.parameters = parameters }

    package var algorithm: String { "argon2" }
    package var ownMemoryKiB: Int { parameters.memoryKiB }

    package func memoryKiB(_ encoded: EncodedHash) -> Int { Stored(encoded)?.parameters.memoryKiB ?? 0 }

    package func recognizes(_ encoded: EncodedHash) -> Bool {
        guard encoded.parts.count > 2 else { return encoded.parts.first == Array("argon2".utf8) }
        return encoded.parts[0] == Array("argon2".utf8)
            || encoded.parts[0].isEmpty && encoded.parts[1].starts(with: "argon2".utf8)
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = Stored(encoded) else { return false }
        let tag = try Argon2Hasher.tag(
            password, salt: stored.salt, parameters: stored.parameters, type: stored.type, version: stored.version,
            length: stored.tag.count)
        return ConstantTime.equal(tag, stored.tag)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = Stored(encoded) else { return true }
        return encoded.parts.first?.isEmpty ?? true || stored.parameters != parameters
            || stored.type.rawValue != Argon2_id.rawValue
            || stored.version.rawValue != ARGON2_VERSION_13.rawValue || stored.tag.count != Argon2Hasher.tagLength
            || stored.salt.count < Salt.length
    }

    package func make(_ password: Password) throws(CryptoError) -> String {
        let salt = try Salt.make()
        let tag = try Argon2Hasher.tag(
            password, salt: salt, parameters: parameters, type: Argon2_id, version: ARGON2_VERSION_13,
            length: Argon2Hasher.tagLength)
        let cost = "m=\(parameters.memoryKiB),t=\(parameters.iterations),p=\(parameters.parallelism)"
        let saltText = EncodedHash.base64Text(salt, isPadded: false)
        return "argon2$argon2id$v=19$\(cost)$\(saltText)$\(EncodedHash.base64Text(tag, isPadded: false))"
    }

    /// Computes all lanes on the caller's thread, so that a hash never takes more than the one core that the pool gave it.
    private static func tag(
        _ password: Password, salt: [UInt8], parameters: Parameters, type: argon2_type, version: argon2_version,
        length: Int
    ) throws(CryptoError) -> [UInt8] {
        var tag = [UInt8](repeating: 0, count: length)
        let result = unsafe tag.withUnsafeMutableBufferPointer { tag in
            unsafe password.bytes.withUnsafeBufferPointer { password in
                unsafe salt.withUnsafeBufferPointer { salt in
                    var context = unsafe argon2_context()
                    unsafe context.out = tag.baseAddress
                    unsafe context.outlen = UInt32(clamping: tag.count)
                    // The library writes to neither of the two: no flag asks it to wipe them.
                    unsafe context.pwd = UnsafeMutablePointer(mutating: password.baseAddress)
                    unsafe context.pwdlen = UInt32(clamping: password.count)
                    unsafe context.salt = UnsafeMutablePointer(mutating: salt.baseAddress)
                    unsafe context.saltlen = UInt32(clamping: salt.count)
                    unsafe context.t_cost = UInt32(clamping: parameters.iterations)
                    unsafe context.m_cost = UInt32(clamping: parameters.memoryKiB)
                    unsafe context.lanes = UInt32(clamping: parameters.parallelism)
                    unsafe context.threads = 1
                    unsafe context.version = version.rawValue
                    return unsafe argon2_ctx(&context, type)
                }
            }
        }
        guard result == ARGON2_OK.rawValue else { throw .argon2(code: result) }
        return tag
    }

    /// A stored hash, taken apart and within the limits.
    private struct Stored {
        let type: argon2_type
        let version: argon2_version
        let parameters: Parameters
        let salt: [UInt8]
        let tag: [UInt8]

        init?(_ encoded: EncodedHash) {
            var parts = encoded.parts[...]
            // Django's prefix, or nothing before the first dollar sign of a plain PHC string.
            guard let prefix = parts.popFirst(), prefix.isEmpty || prefix == Array("argon2".utf8),
                let name = parts.popFirst()
            else { return nil }
            switch String(decoding: name, as: UTF8.self) {
            case "argon2id": type = Argon2_id
            case "argon2i": type = Argon2_i
            case "argon2d": type = Argon2_d
            default: return nil
            }
            // The oldest form has no version and means 0x10.
            if parts.count == 4 {
                guard let text = parts.popFirst(), text.starts(with: "v=".utf8) else { return nil }
                switch EncodedHash.number(text.dropFirst(2), limit: 255) {
                case 19: version = ARGON2_VERSION_13
                case 16: version = ARGON2_VERSION_10
                default: return nil
                }
            } else {
                version = ARGON2_VERSION_10
            }
            guard parts.count == 3, let cost = parts.popFirst(), let saltText = parts.popFirst(),
                let tagText = parts.popFirst(), let parameters = Stored.parameters(cost),
                let salt = EncodedHash.base64(saltText, isPadded: false), (8...256).contains(salt.count),
                let tag = EncodedHash.base64(tagText, isPadded: false), (12...128).contains(tag.count)
            else { return nil }
            self.parameters = parameters
            self.salt = salt
            self.tag = tag
        }

        private static func parameters(_ text: [UInt8]) -> Parameters? {
            let items = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            guard items.count == 3, items[0].starts(with: "m=".utf8), items[1].starts(with: "t=".utf8),
                items[2].starts(with: "p=".utf8),
                let memory = EncodedHash.number(items[0].dropFirst(2), limit: most.memoryKiB),
                let iterations = EncodedHash.number(items[1].dropFirst(2), limit: most.iterations),
                let parallelism = EncodedHash.number(items[2].dropFirst(2), limit: most.parallelism),
                iterations > 0, parallelism > 0, memory >= 8 * parallelism
            else { return nil }
            return Parameters(memoryKiB: memory, iterations: iterations, parallelism: parallelism)
        }
    }
}
