package import GatehouseCore

/// A backend whose answers are counted, and have a span of their own in a trace.
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

    private func metered<Value: Sendable>(
        _ ask: () async throws(BackendError) -> (Value, BackendCounts.Answer)
    ) async throws(BackendError) -> Value {
        try await RequestTrace.span("backend \(name)", .client, facts: facts) { () async throws(BackendError) in
            try await counted(ask)
        }.0
    }

    private func counted<Value: Sendable>(
        _ ask: () async throws(BackendError) -> (Value, BackendCounts.Answer)
    ) async throws(BackendError) -> (Value, BackendCounts.Answer) {
        let begin = ContinuousClock.now
        do throws(BackendError) {
            let (result, answer) = try await ask()
            counts.note(answer, after: ContinuousClock.now - begin)
            return (result, answer)
        } catch {
            counts.note(error, after: ContinuousClock.now - begin, now())
            throw error
        }
    }

    /// What its span says: never who was asked about, and no words of the server's.
    private func facts<Value>(
        _ result: Result<(Value, BackendCounts.Answer), BackendError>
    ) -> (facts: [TraceSpan.Fact], isFailure: Bool) {
        let name = TraceSpan.Fact(.backend, "\(name)")
        switch result {
        case .success(let (_, answer)): return ([name, .init(.answer, answer.rawValue)], false)
        case .failure(let error):
            let answer = BackendCounts.Answer(error)
            return (
                [name, .init(.answer, answer.rawValue), .init(.errorType, answer.rawValue)], answer == .unavailable
            )
        }
    }
}
