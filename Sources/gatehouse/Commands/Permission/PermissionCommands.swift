internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats

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
        let people = try await People.open(try options.load())
        try await people.requireOwnTables()
        var listing = Listing(["PERMISSION", "LABEL"], isJSON: output.json)
        for permission in try await people.administer("", { try await $0.permissions() }) {
            listing.add(
                [permission.name.description, permission.label],
                .object([("name", .string(permission.name.description)), ("label", .string(permission.label))]))
        }
        listing.end("There is no permission.")
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
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let (permission, label) = (PermissionName(name), label)
        let isNew = try await people.administer(name) { try await $0.declare(permission, label: label) }
        output.report(
            isNew ? "Made the permission \(shown(name))." : "The permission \(shown(name)) exists.",
            [("permission", .string(name)), ("result", .string(isNew ? "made" : "exists"))], event: .permissionMade,
            in: configuration)
    }
}
