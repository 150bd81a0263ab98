internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats

/// What a migration made.
struct MigrationReport {
    /// How many steps were done before, and are now.
    let versions: (before: Int, after: Int)
    let tables: [String]
    /// Of those that the configuration names.
    let permissions: [PermissionName]
    let labels: [PermissionName]
    /// How many rows belonged to nobody any more.
    let rowsRemoved: Int

    /// In sentences, one for each kind of thing.
    var sentences: [String] {
        var sentences: [String] = []
        func say(_ what: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            sentences.append("\(what) \(names.joined(separator: ", ")).")
        }
        say(tables.count == 1 ? "Made the table" : "Made \(tables.count) tables:", tables)
        if versions.before > 0, versions.after > versions.before {
            sentences.append("Changed the tables from version \(versions.before) to \(versions.after).")
        }
        let made = permissions.map { shown($0) }
        say(made.count == 1 ? "Declared the permission" : "Declared \(made.count) permissions:", made)
        let changed = labels.map { shown($0) }
        say(changed.count == 1 ? "Changed the label of" : "Changed \(changed.count) labels, of", changed)
        if rowsRemoved > 0 {
            let rows = rowsRemoved == 1 ? "1 row" : "\(rowsRemoved) rows"
            sentences.append("Removed \(rows) of people, groups or permissions that are gone.")
        }
        return sentences
    }

    var json: JSON {
        .object([
            ("version", .number(versions.after)), ("version_before", .number(versions.before)),
            ("tables_made", .strings(tables)), ("permissions_declared", .strings(permissions)),
            ("labels_changed", .strings(labels)), ("rows_removed", .number(rowsRemoved)),
        ])
    }
}

extension People {
    /// Brings the tables up to date.
    ///
    /// - Returns: what there is now that was not there before.
    /// - Throws: `Failure` if the database gives no answer or the tables are not ours.
    func migrateAndReport() async throws(Failure) -> MigrationReport {
        let before = isManaged ? try await inventory() : nil
        let removed = try await migrate()
        let after = try await inventory()
        let old = before?.permissions ?? [:]
        let named = (declared + labelled.map(\.name).filter { !declared.contains($0) }).sorted()
        return MigrationReport(
            versions: (before?.version ?? 0, after.version),
            tables: after.tables.filter { before?.tables.contains($0) != true },
            permissions: named.filter { old[$0] == nil && after.permissions[$0] != nil },
            labels: named.filter { name in
                guard let was = old[name], let label = after.permissions[name] else { return false }
                return was != label
            }, rowsRemoved: removed)
    }

    private func inventory() async throws(Failure) -> Inventory {
        do throws(DatabaseError) { return try await migrator.inventory() } catch {
            throw .unknown("\(place): \(error)")
        }
    }
}
