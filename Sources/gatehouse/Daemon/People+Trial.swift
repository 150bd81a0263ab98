internal import GatehouseDatabase

extension People {
    /// Reads and writes everything that the daemon reads and writes, and takes it back.
    ///
    /// - Returns: what is wrong, a sentence each.
    /// - Throws: `Failure.unknown` if the database gives no answer.
    func tryOut() async throws(Failure) -> [String] {
        do throws(DatabaseError) { return try await store.trial() } catch { throw .unknown("\(place): \(error)") }
    }
}
