package import GatehouseCore
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
        do throws(DatabaseError) { return try await people.store.trial() } catch { throw unavailable(error) }
    }

    // MARK: - Migrating

    /// What a migration made.
    package struct Migration: Equatable, Sendable {
        /// How many steps were done before.
        package let versionBefore: Int
        /// How many are done now.
        package let version: Int
        package let tables: [String]
        /// Of those that the configuration names.
        package let permissions: [PermissionName]
        package let labels: [PermissionName]
        /// How many rows belonged to nobody any more.
        package let rowsRemoved: Int
    }

    /// Brings the tables up to date.
    ///
    /// - Returns: what there is now that was not there before.
    /// - Throws: `PeopleError` if the database gives no answer or the tables are not ours.
    @discardableResult
    package func migrate() async throws(PeopleError) -> Migration {
        guard people.isManaged else { throw .unfit(.migratesElsewhere(place: place)) }
        let before = try await inventory()
        let removed = try await bringUpToDate()
        let after = try await inventory()
        let declared = people.permissions.declared
        let labelled = people.permissions.labelled.map(\.name)
        let named = (declared + labelled.filter { !declared.contains($0) }).sorted()
        return Migration(
            versionBefore: before.version, version: after.version,
            tables: after.tables.filter { !before.tables.contains($0) },
            permissions: named.filter { before.permissions[$0] == nil && after.permissions[$0] != nil },
            labels: named.filter { name in
                guard let was = before.permissions[name], let label = after.permissions[name] else { return false }
                return was != label
            }, rowsRemoved: removed)
    }

    /// Makes what is missing; returns how many rows were removed that belonged to nobody any more.
    private func bringUpToDate() async throws(PeopleError) -> Int {
        do throws(DatabaseError) {
            let removed = try await people.migrator.migrate(
                declaring: people.permissions.declared, now: people.now())
            // What the configuration calls its permissions; a label that changed is changed.
            for permission in people.permissions.labelled {
                _ = try await people.administration.declare(permission.name, label: permission.label)
            }
            return removed
        } catch .failed(let reason) {
            throw .unavailable(.database(place: place, reason: reason))
        } catch {
            throw people.failure(error)
        }
    }

    private func inventory() async throws(PeopleError) -> Inventory {
        do throws(DatabaseError) { return try await people.migrator.inventory() } catch { throw unavailable(error) }
    }

    private func unavailable(_ error: DatabaseError) -> PeopleError {
        .unavailable(.database(place: place, reason: error.description))
    }
}

extension People {
    /// The handle for the tables.
    package var tables: PeopleTables { PeopleTables(self) }
}
