package import GatehouseCore
private import GatehouseSystem

/// A backend that has to answer in time: whatever hangs behind it, nobody waits longer.
package struct TimedBackend: Backend {
    private let backend: any Backend
    private let limit: Duration

    package var name: BackendName { backend.name }

    /// `limit` is for each question; the work that goes on behind it is bounded by the backend's own limits.
    package init(_ backend: any Backend, limit: Duration) {
        self.backend = backend
        self.limit = limit
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.authenticate(credentials) }
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.identity(of: user, known: known) }
    }

    package func currentCredentials(of name: UTF8Text) async throws(BackendError) -> [Octets16?] {
        let backend = backend
        return try await timed { () async throws(BackendError) in try await backend.currentCredentials(of: name) }
    }

    private func timed<Result: Sendable>(
        _ work: @escaping @Sendable () async throws(BackendError) -> Result
    ) async throws(BackendError) -> Result {
        let late = BackendError.unavailable(reason: "\(name) did not answer within \(limit)")
        let outcome: Swift.Result<Result, BackendError> = await within(limit, else: .failure(late)) {
            do throws(BackendError) { return .success(try await work()) } catch { return .failure(error) }
        }
        return try outcome.get()
    }
}
