package import GatehouseCore
package import GatehouseCrypto

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

    /// Whether a password is the current one or one of the last `remembered`.
    ///
    /// Costs a hash for each of them, one after another on the pool.
    func contains(
        _ password: Password, remembered: Int, on pool: WorkerPool
    ) async throws(BackendError) -> Bool {
        let previous = try await history.previousHashes(of: userID, limit: max(remembered, 0))
        let hashers = hashers
        for encoded in [current].compactMap({ $0 }) + previous.prefix(max(remembered, 0))
        where encoded.utf8.first != UInt8(ascii: "!") {
            let verdict = try await pool.run(memoryKiB: hashers.memoryKiB(for: encoded)) {
                () -> Result<Bool, CryptoError> in
                do throws(CryptoError) {
                    return .success(try hashers.verify(password, against: encoded).matches)
                } catch {
                    return .failure(error)
                }
            }
            switch verdict {
            case .success(let matches): if matches { return true }
            case .failure: throw .unavailable(reason: "an earlier password could not be compared")
            }
        }
        return false
    }
}
