package import GatehouseCore

extension WorkerPool {
    /// Computes a password's hash like any other job, as a span of its own in a trace: the wait for room included.
    ///
    /// - Parameters:
    ///   - memoryKiB: what the job will take.
    ///   - flow: on whose behalf.
    ///   - work: runs on a thread of the pool.
    /// - Returns: what the work returned.
    /// - Throws: as `run`.
    package nonisolated func hash<Value: Sendable>(
        memoryKiB: Int, for flow: Flow = .own, _ work: @escaping @Sendable () -> Value
    ) async throws(BackendError) -> Value {
        try await RequestTrace.span(
            "password hash", .own, facts: { (result: Result<Value, BackendError>) in ([], false) }
        ) { () async throws(BackendError) in
            try await run(memoryKiB: memoryKiB, for: flow, work)
        }
    }
}
