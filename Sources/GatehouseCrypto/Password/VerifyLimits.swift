internal import GatehouseCore

/// The most that comparing with a stored hash may cost: what asks for more is refused without being computed.
///
/// Whoever can write a row could otherwise stop the machine with it.
package struct VerifyLimits: Equatable, Sendable {
    package let memoryKiB: Int
    /// How many times the standard time a comparison may take.
    package let work: Int

    /// `memoryKiB` as argon2, scrypt and yescrypt count it; `work` multiplies every limit of time.
    package init(memoryKiB: Int, work: Int) {
        self.memoryKiB = min(max(memoryKiB, 1_024), VerifyLimits.mostMemoryKiB)
        self.work = min(max(work, 1), VerifyLimits.mostWork)
    }

    /// 256 MiB, and some seconds at most.
    package static let standard = VerifyLimits(memoryKiB: 262_144, work: 1)
    /// No configuration goes beyond these.
    package static let mostMemoryKiB = 4 << 20
    package static let mostWork = 16

    // MARK: - What a hash asks for

    /// What costs time in a stored hash, with the most that is computed as long as `work` is 1.
    enum Measure {
        case argon2Iterations(Int)
        /// Memory in KiB, times the passes over it.
        case argon2Passes(Int)
        case bcryptCost(Int)
        case shaCryptRounds(Int)
        case pbkdf2Iterations(Int)
        /// N · r · p.
        case scryptWork(Int)

        fileprivate var asked: Int {
            switch self {
            case .argon2Iterations(let number), .argon2Passes(let number), .shaCryptRounds(let number),
                .pbkdf2Iterations(let number), .scryptWork(let number):
                number
            // Each step doubles it.
            case .bcryptCost(let cost): 1 << min(max(cost, 0), 40)
            }
        }

        fileprivate var standard: Int {
            switch self {
            case .argon2Iterations: 16
            case .argon2Passes, .scryptWork: 4_194_304
            case .bcryptCost: 1 << 14
            case .shaCryptRounds: 500_000
            case .pbkdf2Iterations: 10_000_000
            }
        }

        fileprivate func words(_ limit: Int) -> String {
            switch self {
            case .argon2Iterations(let number): "\(number) iterations (t=\(number)), more than \(limit)"
            case .argon2Passes(let number): "\(number) KiB in all passes (m·t), more than \(limit)"
            case .bcryptCost(let cost): "cost \(cost), more than \(limit.bitWidth - limit.leadingZeroBitCount - 1)"
            case .shaCryptRounds(let number): "\(number) rounds (rounds=\(number)), more than \(limit)"
            case .pbkdf2Iterations(let number): "\(number) iterations, more than \(limit)"
            case .scryptWork(let number): "\(number) steps (N·r·p), more than \(limit)"
            }
        }
    }

    /// - Throws: `HashRefusal.tooCostly`, which names the setting and what would let the hash in.
    func check(_ measure: Measure) throws(HashRefusal) {
        let limit = measure.standard * work
        guard measure.asked > limit else { return }
        var needed = 1
        while needed <= VerifyLimits.mostWork, measure.asked > measure.standard * needed { needed *= 2 }
        let way =
            needed <= VerifyLimits.mostWork
            ? "passwords.verify_work is \(work), \(needed) would do" : "no passwords.verify_work lets it in"
        throw .tooCostly("\(measure.words(limit)); \(way)")
    }

    /// `asked` in KiB; `words` is how the hash says it, like `m=1048576`.
    func check(memoryKiB asked: Int, _ words: String) throws(HashRefusal) {
        guard asked > memoryKiB else { return }
        let way =
            asked > VerifyLimits.mostMemoryKiB
            ? "nothing beyond \(SizeText.text(VerifyLimits.mostMemoryKiB << 10)) is ever computed"
            : "passwords.verify_memory is \(SizeText.text(memoryKiB << 10))"
        throw .tooCostly("\(SizeText.text(asked << 10)) of memory (\(words)); \(way)")
    }
}
