internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse permission`.
struct PermissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permission", abstract: "Declare, grant and look at permissions.",
        subcommands: [
            PermissionList.self, PermissionDeclare.self, PermissionGrant.self, PermissionRevoke.self,
            PermissionCheck.self, PermissionRemove.self,
        ])
}

/// `gatehouse permission list`.
struct PermissionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the permissions that can be granted.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let reader = try await People.open(try options.load()).reader()
        var listing = Listing(["PERMISSION", "LABEL"], isJSON: output.json)
        let permissions = try await reader.permissions()
        for permission in permissions {
            listing.add(
                [permission.name.description, permission.label],
                .object([("name", .string(permission.name.description)), ("label", .string(permission.label))]))
        }
        listing.end("There is no permission.")
        for permission in permissions where !permission.isUsable {
            Terminal.complain(
                "note: \(shown(permission.name)): is no UTF-8, so it cannot be granted and counts for nobody")
        }
    }
}

/// `gatehouse permission declare`.
struct PermissionDeclare: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "declare", abstract: "Make a permission that can be granted.",
        discussion: "Permissions that rules or [permissions] name are made by `gatehouse migrate`.")

    @Argument(help: "The permission, as APP.CODENAME.")
    var name: String

    @Option(name: .long, help: "What people are shown, like \"Can view report\".")
    var label: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let door = try await options.people()
        let declared = try await door.change { try await $0.declare(name, label: label) }
        output.report(
            declared.isNew ? "Made the permission \(shown(name))." : "The permission \(shown(name)) exists.",
            declared)
    }
}
