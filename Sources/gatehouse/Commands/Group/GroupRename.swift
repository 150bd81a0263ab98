internal import ArgumentParser
private import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats

/// `gatehouse group rename`.
struct GroupRename: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rename", abstract: "Give a group another name; its members and permissions stay.",
        discussion: """
            Rules, headers and mappings of the configuration name groups: those that name the old one are told, and have to be \
            changed by you. Until then whoever got in by the old name stays out.

            Exit codes: 0 renamed, 1 refused, 2 usage, 3 no database, or renamed but the session store gave no answer.
            """)

    @Argument(help: "The group.")
    var name: String

    @Argument(help: "What it shall be called.")
    var newName: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let (old, new) = (GroupName(name), GroupName(newName))
        // The first step says what is not there, the second one only that the name is taken.
        _ = try await people.administer(name) { try await $0.group(old) }
        let members = try await people.administer(newName) { try await $0.renameGroup(old, to: new) }
        let saved = LiveSessions.Saved.changing("\(shown(old)) is called \(shown(new))")
        try await LiveSessions.with(configuration, people, saved: saved) { sessions in
            try await sessions.refresh(members)
        }
        output.report(
            "The group \(shown(old)) is called \(shown(new)) now.",
            [
                ("group", .string(newName)), ("was", .string(name)), ("result", .string("renamed")),
                ("members", .number(members.count)),
            ], event: .groupRenamed, in: configuration)
        if old != new { warnOfMentions(.group(old), name, in: configuration) }
    }
}
