internal import ArgumentParser
internal import GatehouseAssembly
private import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

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
        let door = try await options.people()
        let change = try await door.change { try await $0.renameGroup(name, to: newName) }
        let (old, new) = (GroupName(name), GroupName(newName))
        output.report("The group \(shown(old)) is called \(shown(new)) now.", change)
        if old != new { warnOfMentions(.group(old), name, in: door.configuration) }
    }
}
