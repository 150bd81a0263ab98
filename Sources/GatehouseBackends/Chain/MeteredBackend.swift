package import GatehouseCore

/// A backend whose answers are counted.
package struct MeteredBackend: Backend {
    private let backend: any Backend
    private let counts: BackendCounts
    private let now: @Sendable () -> Timestamp

    package var name: BackendName { backend.name }

    /// - Parameters:
    ///   - backend: who is asked.
    ///   - counts: of this backend.
    ///   - now: the wall clock.
    package init(_ backend: any Backend, counts: BackendCounts, now: @escaping @Sendable () -> Timestamp) {
        self.backend = backend
        self.counts = counts
        self.now = now
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        try await metered { () async throws(BackendError) in
            let result = try await backend.authenticate(credentials)
            return (result, BackendCounts.Answer(result))
        }
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        try await metered { () async throws(BackendError) in
            let identity = try await backend.identity(of: user, known: known)
            return (identity, identity == nil ? .gone : .known)
        }
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        try await backend.currentCredentials(of: name)
    }

    private func metered<Result>(
        _ ask: () async throws(BackendError) -> (Result, BackendCounts.Answer)
    ) async throws(BackendError) -> Result {
        let begin = ContinuousClock.now
        do throws(BackendError) {
            let (result, answer) = try await ask()
            counts.note(answer, after: ContinuousClock.now - begin)
            return result
        } catch {
            counts.note(error, after: ContinuousClock.now - begin, now())
            throw error
        }
    }
}
