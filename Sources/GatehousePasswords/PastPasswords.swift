package import GatehouseCore
package import GatehouseCrypto
internal import GatehouseSystem

/// The passwords that a person has and had.
package struct PastPasswords: Sendable {
    private let userID: UTF8Text
    private let current: String?
    private let history: any PasswordHistory
    private let hashers: PasswordHashers

    /// Takes the primary key as text and the stored hash, if there is one.
    package init(userID: UTF8Text, current: String?, history: any PasswordHistory, hashers: PasswordHashers) {
        self.userID = userID
        self.current = current
        self.history = history
        self.hashers = hashers
    }

    /// Whether a password is the current one; costs a hash on the pool.
    func isCurrent(_ password: Password, on pool: WorkerPool) async throws(BackendError) -> Bool {
        guard let current else { return false }
        return try await matches(password, current, on: pool)
    }

    /// Whether a password is one of the last `remembered` before the current one.
    ///
    /// Costs a hash for each of them, one after another on the pool.
    func contains(
        _ password: Password, remembered: Int, on pool: WorkerPool
    ) async throws(BackendError) -> Bool {
        let previous = try await history.previousHashes(of: userID, limit: max(remembered, 0))
        for encoded in previous.prefix(max(remembered, 0)) where try await matches(password, encoded, on: pool) {
            return true
        }
        return false
    }

    /// Compares with a stored hash on the pool; what is no password at all matches nothing and costs nothing.
    private func matches(
        _ password: Password, _ encoded: String, on pool: WorkerPool
    ) async throws(BackendError) -> Bool {
        guard !encoded.isEmpty, encoded.utf8.first != UInt8(ascii: "!") else { return false }
        let hashers = hashers
        let verdict = try await pool.hash(memoryKiB: hashers.memoryKiB(for: encoded)) {
            () -> Result<Bool, CryptoError> in
            do throws(CryptoError) {
                return .success(try hashers.verify(password, against: encoded).matches)
            } catch {
                return .failure(error)
            }
        }
        switch verdict {
        case .success(let matches): return matches
        case .failure: throw .unavailable(reason: "a present or earlier password could not be compared")
        }
    }
}
