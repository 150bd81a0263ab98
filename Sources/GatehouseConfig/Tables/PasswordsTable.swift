internal import GatehouseCore

/// `[passwords]`: what hashing may cost.
package struct PasswordsTable: Equatable, Sendable {
    /// Octets that all hashes in work may take together.
    package let memoryBudget: Int
    /// Sign-ins that may wait for a worker; beyond it the answer is 503.
    package let queue: Int
    /// 0 stands for one per core.
    package let workers: Int
    /// In KiB, as argon2 counts it.
    package let argon2Memory: Int
    package let argon2Iterations: Int
    package let argon2Parallelism: Int

    /// The caps bound what a stored hash may ask for, too.
    ///
    /// Source of the floors: OWASP Password Storage Cheat Sheet; ASVS 5.0, appendix C.
    init(_ table: TableReader) {
        let budget = table.size("memory_budget", in: (19 << 20)...(64 << 30))
        let memory = table.size("argon2_memory", in: (19_456 << 10)...(256 << 20))
        let iterations = table.integer("argon2_iterations", in: 1...16)
        memoryBudget = budget?.value ?? 256 << 20
        queue = table.integer("queue", in: 1...10_000)?.value ?? 64
        workers = table.integer("workers", in: 0...256)?.value ?? 0
        argon2Memory = (memory?.value ?? 46 << 20) >> 10
        argon2Iterations = iterations?.value ?? 1
        argon2Parallelism = table.integer("argon2_parallelism", in: 1...16)?.value ?? 1
        if argon2Iterations == 1, argon2Memory < 47_104 {
            let place = memory?.place ?? iterations?.place ?? table.place
            table.log.add(
                place, table.key("argon2_memory"),
                "must be at least 46MiB with argon2_iterations = 1, is \(SizeText.text(argon2Memory << 10)); "
                    + "from 2 iterations on 19MiB are enough")
        }
        if memoryBudget < argon2Memory << 10 {
            let place = budget?.place ?? memory?.place ?? table.place
            table.log.add(
                place, table.key("memory_budget"),
                "must hold at least one hash, is \(SizeText.text(memoryBudget)) "
                    + "(argon2_memory is \(SizeText.text(argon2Memory << 10)))")
        }
        table.finish()
    }
}
