internal import GatehouseDatabase

/// The tables of people: whether they are as this program needs them, and making them so.
///
/// This handle changes nobody.
package struct PeopleTables: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// The database for messages: the file, or the server without user and password.
    package var place: String { people.place }

    /// Whether passwords may be written here.
    package var writesPasswords: Bool { people.store.writesPasswords }

    /// - Throws: `PeopleError.unfit` if the tables are missing or older than this program.
    package func require() async throws(PeopleError) {
        let isReady: Bool
        do { isReady = try await people.migrator.isUpToDate() } catch { throw people.failure(error) }
        guard !isReady else { return }
        throw .unfit(people.isManaged ? .tablesMissing(place: place) : .columnsMissing(place: place))
    }

    /// - Throws: `PeopleError.unfit` also where the tables belong to a site, which alone changes them.
    package func requireOwn() async throws(PeopleError) {
        guard people.isManaged else { throw .unfit(.managedElsewhere(place: place)) }
        try await require()
    }

    /// Asks what a sign-in asks, about nobody.
    ///
    /// - Throws: `PeopleError` if a sign-in would get no answer.
    package func requireSignIns() async throws(PeopleError) {
        try await require()
        do { try await people.store.probe() } catch { throw people.failure(error) }
    }

    /// Reads and writes everything that the daemon reads and writes, and takes it back.
    ///
    /// - Returns: what is wrong, a sentence each.
    /// - Throws: `PeopleError.unavailable` if the database gives no answer.
    package func tryOut() async throws(PeopleError) -> [String] {
        do throws(DatabaseError) { return try await people.store.trial() } catch {
            throw .unavailable(.database(place: place, reason: error.description))
        }
    }
}

extension People {
    /// The handle for the tables.
    package var tables: PeopleTables { PeopleTables(self) }
}
