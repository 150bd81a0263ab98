internal import ArgumentParser
internal import GatehouseAssembly
private import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

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
        let door = try await options.people()
        let renamed = try await door.change { try await $0.rename(name, to: newName) }
        output.report("\(shown(renamed.old)) is called \(shown(renamed.new)) now.", renamed)
        if renamed.old != renamed.new {
            warnOfMentions(.user(renamed.old), renamed.old.description, in: door.configuration)
        }
    }
}
