internal import ArgumentParser
internal import GatehouseFormats

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
        let people = try await People.open(try options.load())
        let report = try await people.migrateAndReport()
        guard !output.json else { return print(report.json.text) }
        let sentences = report.sentences
        for sentence in sentences { print(sentence) }
        print(sentences.isEmpty ? "Nothing to do: the database is up to date." : "The database is up to date.")
    }
}
