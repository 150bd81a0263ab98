internal import ArgumentParser

/// `gatehouse migrate`: makes or updates the tables.
struct Migrate: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make or update the database's tables.",
        discussion: """
            The tables are Django's own, so that a Django site can use them too. Safe to run again and from several places \
            at once. Permissions that rules name are made as well.
            """)

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let people = try await People.open(try options.load())
        try await people.migrate()
        print("The database is up to date.")
    }
}
