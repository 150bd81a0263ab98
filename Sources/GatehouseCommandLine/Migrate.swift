internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse migrate`: makes or updates the tables.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make or update the database's tables, and say what was made.",
        discussion: """
            The tables are Django's own, so that a Django site can use them too. Safe to run again and from several places \
            at once. Permissions that rules name are made as well, and labels of [permissions] that changed are changed.

            Exit codes: 0 up to date now, 2 configuration, or tables that belong to somebody else, 3 no database.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let report = try await People.open(try options.load()).migrations.run()
        guard !output.json else { return print(report.json.text) }
        let sentences = report.sentences
        for sentence in sentences { print(sentence) }
        print(sentences.isEmpty ? "Nothing to do: the database is up to date." : "The database is up to date.")
    }
}

extension PeopleMigrations.Migration {
    /// In sentences, one for each kind of thing.
    fileprivate var sentences: [String] {
        var sentences: [String] = []
        func say(_ what: String, _ names: [String]) {
            guard !names.isEmpty else { return }
            sentences.append("\(what) \(names.joined(separator: ", ")).")
        }
        say(tables.count == 1 ? "Made the table" : "Made \(tables.count) tables:", tables)
        if versionBefore > 0, version > versionBefore {
            sentences.append("Changed the tables from version \(versionBefore) to \(version).")
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

    fileprivate var json: JSON {
        .object([
            ("version", .number(version)), ("version_before", .number(versionBefore)),
            ("tables_made", .strings(tables)), ("permissions_declared", .strings(permissions)),
            ("labels_changed", .strings(labels)), ("rows_removed", .number(rowsRemoved)),
        ])
    }
}
