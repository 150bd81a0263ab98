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

    private static let mostLanes = 16
    private static let tagLength = 32

    private let parameters: Parameters
    private let limits: VerifyLimits

    /// `parameters` are those of new hashes, `limits` those of stored ones.
    package init(_ parameters: Parameters = .standard, limits: VerifyLimits = .standard) {
        self.parameters = parameters
        self.limits = limits
    }

    package var algorithm: String { "argon2" }
    package var ownMemoryKiB: Int { parameters.memoryKiB }

    package func memoryKiB(_ encoded: EncodedHash) -> Int { stored(encoded)?.parameters.memoryKiB ?? 0 }

    package func refusal(_ encoded: EncodedHash) -> HashRefusal? {
        do throws(HashRefusal) { _ = try Stored(encoded, limits) } catch { return error }
        return nil
    }

    private func stored(_ encoded: EncodedHash) -> Stored? { try? Stored(encoded, limits) }

    package func recognizes(_ encoded: EncodedHash) -> Bool {
        guard encoded.parts.count > 2 else { return encoded.parts.first == Array("argon2".utf8) }
        return encoded.parts[0] == Array("argon2".utf8)
            || encoded.parts[0].isEmpty && encoded.parts[1].starts(with: "argon2".utf8)
    }

    package func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
        guard let stored = stored(encoded) else { return false }
        let tag = try Argon2Hasher.tag(
            password, salt: stored.salt, parameters: stored.parameters, type: stored.type, version: stored.version,
            length: stored.tag.count)
        return ConstantTime.equal(tag, stored.tag)
    }

    package func isOutdated(_ encoded: EncodedHash) -> Bool {
        guard let stored = stored(encoded) else { return true }
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

        init(_ encoded: EncodedHash, _ limits: VerifyLimits) throws(HashRefusal) {
            var parts = encoded.parts[...]
            // Django's prefix, or nothing before the first dollar sign of a plain PHC string.
            guard let prefix = parts.popFirst(), prefix.isEmpty || prefix == Array("argon2".utf8),
                let name = parts.popFirst()
            else { throw .malformed("argon2 with a piece missing") }
            switch String(decoding: name, as: UTF8.self) {
            case "argon2id": type = Argon2_id
            case "argon2i": type = Argon2_i
            case "argon2d": type = Argon2_d
            default: throw .malformed("argon2 knows the types argon2id, argon2i and argon2d")
            }
            // The oldest form has no version and means 0x10.
            if let text = parts.first, text.starts(with: "v=".utf8) {
                parts.removeFirst()
                switch EncodedHash.number(text.dropFirst(2), limit: 255) {
                case 19: version = ARGON2_VERSION_13
                case 16: version = ARGON2_VERSION_10
                default: throw .malformed("argon2 has the versions v=19 and v=16")
                }
            } else {
                version = ARGON2_VERSION_10
            }
            guard parts.count == 3, let cost = parts.popFirst(), let saltText = parts.popFirst(),
                let tagText = parts.popFirst()
            else { throw .malformed("argon2 with \(parts.count < 3 ? "a piece missing" : "a piece too many")") }
            parameters = try Stored.parameters(cost, limits)
            guard let salt = EncodedHash.base64(saltText, isPadded: false), (8...256).contains(salt.count) else {
                throw .malformed("argon2's salt is no base64 of 8 octets and more")
            }
            guard let tag = EncodedHash.base64(tagText, isPadded: false), (12...128).contains(tag.count) else {
                throw .malformed("argon2's digest is no base64 of 12 to 128 octets")
            }
            self.salt = salt
            self.tag = tag
        }

        private static func parameters(_ text: [UInt8], _ limits: VerifyLimits) throws(HashRefusal) -> Parameters {
            let items = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            var numbers: [Int] = []
            let names = ["m=", "t=", "p="]
            for name in names where !items.contains(where: { $0.starts(with: name.utf8) }) {
                throw .malformed("argon2 without \(name)")
            }
            for (position, name) in names.enumerated() {
                guard position < items.count, items[position].starts(with: name.utf8), items.count == 3 else {
                    throw .malformed("argon2's cost is written m=…,t=…,p=…")
                }
                numbers.append(try EncodedHash.number(items[position].dropFirst(2), "argon2's \(name)"))
            }
            let (memory, iterations, lanes) = (numbers[0], numbers[1], numbers[2])
            guard iterations > 0, lanes > 0, memory / 8 >= lanes else {
                throw .malformed("argon2 needs t=1, p=1 and 8 KiB for each lane, at least")
            }
            guard lanes <= mostLanes else {
                throw .tooCostly("\(lanes) lanes (p=\(lanes)), more than \(mostLanes); no setting lets it in")
            }
            try limits.check(memoryKiB: memory, "m=\(memory)")
            try limits.check(.argon2Iterations(iterations))
            try limits.check(.argon2Passes(memory * iterations))
            return Parameters(memoryKiB: memory, iterations: iterations, parallelism: lanes)
        }
    }
}
