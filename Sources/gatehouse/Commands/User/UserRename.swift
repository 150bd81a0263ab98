internal import ArgumentParser
private import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats

/// `gatehouse user rename`.
struct UserRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a person another name to sign in with.",
        discussion: """
            Password, groups, permissions and sessions stay: they hang on the id, which is the same. Sessions that are going on \
            see the new name at once (Remote-User). Applications that keep people by name see somebody new.

            Exit codes: 0 renamed, 1 refused, 2 usage, 3 no database, or renamed but the session store gave no answer.
            """)

    @Argument(help: "The name they sign in with.")
    var name: String

    @Argument(help: "The name that they shall sign in with.")
    var newName: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let old = try people.name(name)
        let new = try people.name(newName)
        // The first step says who is not there, the second one only whose name is taken.
        _ = try await people.account(name)
        let id = try await people.administer(newName) { try await $0.rename(old, to: new) }
        let saved = LiveSessions.Saved.changing("\(shown(old)) is called \(shown(new))")
        try await LiveSessions.with(configuration, people, saved: saved) { sessions in
            try await sessions.refresh([id])
        }
        output.report(
            "\(shown(old)) is called \(shown(new)) now.",
            [
                ("user", .string(new.description)), ("was", .string(old.description)), ("user_id", .string(id.string)),
                ("result", .string("renamed")),
            ], event: .userRenamed, in: configuration)
        if old != new { warnOfMentions(.user(old), old.description, in: configuration) }
    }
}
