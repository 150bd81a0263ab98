internal import GatehouseCore

/// What hashes cost on this machine, measured, and what is proposed for it.
///
/// Takes some seconds of a whole core: never while anything else runs.
package struct HashCalibration: Sendable {
    /// One kind of hash and its cost.
    package struct Cost: Equatable, Sendable {
        package let name: String
        package let milliseconds: Int
        package let memoryKiB: Int
    }

    /// No hash of a kind could be made.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    package let kinds: [Cost]
    /// Argon2's parameters for 100 to 250 ms, or the least where the machine is slower.
    package let proposal: Argon2Hasher.Parameters
    /// What a hash with the proposal costs.
    package let milliseconds: Int

    /// Measures.
    ///
    /// - Parameter hashers: each kind with its name, as it is configured.
    /// - Throws: `Problem` if one cannot make a hash.
    package init(of hashers: [(name: String, hasher: any PasswordHasher)]) throws(Problem) {
        var kinds: [Cost] = []
        for (name, hasher) in hashers {
            kinds.append(
                Cost(
                    name: name, milliseconds: try HashCalibration.milliseconds(hasher),
                    memoryKiB: hasher.ownMemoryKiB))
        }
        var proposal = HashCalibration.steps[0]
        var cost = 0
        for step in HashCalibration.steps {
            let milliseconds = try HashCalibration.milliseconds(Argon2Hasher(step))
            // The floor stands, however slow the machine is.
            if milliseconds > 250, cost > 0 { break }
            (proposal, cost) = (step, milliseconds)
            if milliseconds >= 100 { break }
        }
        self.kinds = kinds
        self.proposal = proposal
        milliseconds = cost
    }

    /// What no failed sign-in should be quicker than, in milliseconds.
    ///
    /// A comparison with the slowest kind and a hash of the preferred one, with a quarter to spare, in tenths of a second; never
    /// less than the default.
    package var failureFloor: Int {
        let slowest = kinds.map(\.milliseconds).max() ?? 0
        return max(500, ((slowest + milliseconds) * 5 / 4 + 99) / 100 * 100)
    }

    /// The least that is proposed, and what comes next.
    private static let steps = [
        Argon2Hasher.Parameters(memoryKiB: 47_104, iterations: 1, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 65_536, iterations: 1, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 65_536, iterations: 2, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 65_536, iterations: 3, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 65_536, iterations: 4, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 131_072, iterations: 3, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 131_072, iterations: 4, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 262_144, iterations: 3, parallelism: 1),
        Argon2Hasher.Parameters(memoryKiB: 262_144, iterations: 4, parallelism: 1),
    ]

    /// The median of three hashes.
    private static func milliseconds(_ hasher: any PasswordHasher) throws(Problem) -> Int {
        var times: [Duration] = []
        for _ in 0..<3 {
            let begin = ContinuousClock.now
            do throws(CryptoError) { _ = try hasher.make(Password("correct horse battery staple")) } catch {
                throw Problem(description: "\(hasher.algorithm): \(error)")
            }
            times.append(ContinuousClock.now - begin)
        }
        return Int(times.sorted()[1].wholeMilliseconds)
    }
}
