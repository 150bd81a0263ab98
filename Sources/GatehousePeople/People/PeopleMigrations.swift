package import GatehouseCore
internal import GatehouseDatabase

/// Making the tables of people what this program needs.
///
/// This handle changes nobody.
package struct PeopleMigrations: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    private var place: String { people.place }

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

    /// Brings the tables up to date, and finds out what that made.
    ///
    /// - Returns: what there is now that was not there before.
    /// - Throws: `PeopleError` if the database gives no answer or the tables are not ours.
    package func run() async throws(PeopleError) -> Migration {
        try requireOwn()
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

    /// Makes what is missing.
    ///
    /// - Returns: how many rows were removed that belonged to nobody any more.
    /// - Throws: as `run`.
    @discardableResult
    package func bringUpToDate() async throws(PeopleError) -> Int {
        try requireOwn()
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

    private func requireOwn() throws(PeopleError) {
        guard people.isManaged else { throw .unfit(.migratesElsewhere(place: place)) }
    }

    private func inventory() async throws(PeopleError) -> Inventory {
        do throws(DatabaseError) { return try await people.migrator.inventory() } catch {
            throw .unavailable(.database(place: place, reason: error.description))
        }
    }
}

extension People {
    /// The handle for migrations.
    package var migrations: PeopleMigrations { PeopleMigrations(self) }
}
