internal import ArgumentParser
internal import GatehouseAssembly
private import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse permission remove`.
struct PermissionRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a permission for good, and take it from everybody who has it.",
        discussion: """
            What rules or [permissions] name is made again by the next `gatehouse migrate`, without those who had it; those places \
            are told. `gatehouse permission revoke` takes a permission from one person or group only.

            Exit codes: 0 removed, 1 refused, 2 usage, 3 no database, or removed but the session store gave no answer.
            """)

    @Argument(help: "The permission, as APP.CODENAME.")
    var name: String

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        guard case .everywhere(let permission) = try Grant.parsed(name) else {
            throw Failure.usage("\(shown(name)): a permission is removed as a whole, as APP.CODENAME")
        }
        let door = try await options.people()
        let use = try await door.people.use(of: permission, name)
        let holders =
            "\(use.people) \(use.people == 1 ? "person" : "people") and \(use.groups) group\(use.groups == 1 ? "" : "s")"
        if !yes {
            guard Terminal.isInteractive else { throw Failure.usage("no terminal to ask on: say --yes") }
            guard try Terminal.confirms("Remove \(shown(name)) for good, and take it from \(holders)?") else {
                throw Failure.refused("nothing was removed")
            }
        }
        let change = try await door.change { try await $0.remove(permission, name, usedBy: use) }
        output.report("Removed the permission \(shown(name)); it was granted to \(holders).", change)
        warnOfMentions(.permission(permission), name, in: door.configuration)
        if door.configuration.permissions.declared.contains(where: { $0.name == permission }) {
            Terminal.complain("warning: [permissions] still has \(shown(name)): `gatehouse migrate` makes it again")
        }
    }
}
