internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse group`.
struct GroupCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "group", abstract: "Make, list and change groups.",
        subcommands: [
            GroupList.self, GroupShow.self, GroupAdd.self, GroupSet.self, GroupMembers.self, GroupRename.self,
            GroupRemove.self,
        ])
}

/// `gatehouse group list`.
struct GroupList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "list", abstract: "List groups by name.")

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let reader = try await People.open(try options.load()).reader()
        var listing = Listing(["NAME", "MEMBERS", "PERMISSIONS"], isJSON: output.json)
        for group in try await reader.groups() {
            listing.add(
                [group.name.description, String(group.members), String(group.permissions)],
                .object([
                    ("name", .string(group.name.description)), ("members", .number(group.members)),
                    ("permissions", .number(group.permissions)),
                ]))
        }
        listing.end("There is no group.")
    }
}

/// `gatehouse group show`.
struct GroupShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show a group's permissions and how many members it has.",
        discussion: """
            `gatehouse group members list NAME` lists the members.

            Exit codes: 0 shown, 1 no such group, 2 usage, 3 no database.
            """)

    @Argument(help: "The group.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let details = try await People.open(try options.load()).reader().group(name)
        if output.json {
            let members: [(key: String, value: JSON)] = [
                ("name", .string(name)), ("members", .number(details.group.members)),
                ("permissions", .strings(details.permissions)), ("object_permissions", .strings(details.objectGrants)),
            ]
            print(JSON.object(members).text)
            return
        }
        print(UserShow.line("Name", name))
        print(UserShow.line("Members", String(details.group.members)))
        print(UserShow.line("Permissions", details.permissions.map(\.description).joined(separator: ", ")))
        print(UserShow.line("On objects", details.objectGrants.map(\.description).joined(separator: ", ")))
    }
}

/// `gatehouse group add`.
struct GroupAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(commandName: "add", abstract: "Make a group.")

    @Argument(help: "The group.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let door = try await options.people()
        output.report("Made the group \(shown(name)).", try await door.change { try await $0.addGroup(name) })
    }
}

/// `gatehouse group set`.
struct GroupSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Grant a group permissions or take them away; members see it at once.",
        discussion: """
            Members: `gatehouse group members add GROUP NAME...`.

            Exit codes: 0 changed, 1 refused, 2 usage, 3 no database, or changed but the session store gave no answer.
            """)

    @Argument(help: "The group.")
    var name: String

    @Option(name: .long, help: "A permission to get: APP.CODENAME or APP.CODENAME(KIND:ID); may be repeated.")
    var grant: [String] = []

    @Option(name: .long, help: "A permission to lose; may be repeated.")
    var revoke: [String] = []

    @OptionGroup var creation: CreationOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard !(grant + revoke).isEmpty else { throw ValidationError("say what to change: --grant or --revoke") }
    }

    func run() async throws {
        try await GroupSet.change(
            name, granted: try grant.map { try Grant.parsed($0) }, revoked: try revoke.map { try Grant.parsed($0) },
            creation.missing, options, output, "Changed the group \(shown(name)).")
    }

    static func change(
        _ name: String, granted: [Grant], revoked: [Grant], _ missing: MissingNames, _ options: ConfigurationOptions,
        _ output: OutputOptions, _ sentence: String
    ) async throws {
        let door = try await options.people()
        let changed = try await door.change {
            try await $0.changeGrants(ofGroup: name, granted: granted, revoked: revoked, missing: missing)
        }
        output.report(sentence, changed, of: "The group \(name)")
    }
}

/// `gatehouse group remove`.
struct GroupRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a group; its members stay, without it.")

    @Argument(help: "The group.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let door = try await options.people()
        let change = try await door.change { try await $0.removeGroup(name) }
        let count = change.concerned.count
        output.report("Removed the group \(shown(name)); it had \(count) member\(count == 1 ? "" : "s").", change)
        warnOfMentions(.group(GroupName(name)), name, in: door.configuration)
    }
}
