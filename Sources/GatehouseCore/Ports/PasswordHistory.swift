/// The hashes of passwords that people no longer use.
package protocol PasswordHistory: Sendable {
    /// The stored hashes from before the current one, the latest first; none for an unknown person.
    ///
    /// At most `limit` of them. `userID` is the primary key as text.
    func previousHashes(of userID: UTF8Text, limit: Int) async throws(BackendError) -> [String]
}
