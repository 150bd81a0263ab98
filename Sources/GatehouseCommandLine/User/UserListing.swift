internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse user list`.
struct UserList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List people with their groups, in the order in which they were made.",
        discussion: "Exit codes: 0 listed, 1 no such group, 2 usage, 3 no database.")

    @Flag(help: "Only people who may sign in, or only those who may not.")
    var activity: UserSet.Activity?

    @Flag(name: .long, inversion: .prefixedNo, help: "Only staff, or only others.")
    var staff: Bool?

    @Flag(name: .long, inversion: .prefixedNo, help: "Only superusers, or only others.")
    var superuser: Bool?

    @Option(name: .long, help: "Only members of this group.")
    var group: String?

    @Option(name: .long, help: "Only people whose name begins so.")
    var prefix: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        var filter = UserFilter()
        (filter.isActive, filter.isStaff, filter.isSuperuser) = (activity.map { $0 == .active }, staff, superuser)
        filter.group = group.map { GroupName($0) }
        filter.prefix = prefix.map { UTF8Text($0) }
        try await UserList.list(filter, options, output)
    }

    /// Lists those whom a filter means.
    static func list(_ filter: UserFilter, _ options: ConfigurationOptions, _ output: OutputOptions) async throws {
        let reader = try await People.open(try options.load()).reader()
        var listing = Listing(ListedUser.headings + ["GROUPS"], isJSON: output.json)
        try await reader.users(filter) { page in
            for user in page {
                let groups = user.groups.map(\.description).joined(separator: ", ")
                listing.add(
                    user.shown + [groups.isEmpty ? "-" : groups],
                    .object(user.members + [("groups", .strings(user.groups))]))
            }
        }
        listing.end("Nobody.")
    }
}

/// `gatehouse user show`.
struct UserShow: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "show", abstract: "Show everything about a person.",
        discussion: "Exit codes: 0 shown, 1 no such person, 3 no database.")

    @Argument(help: "The name they sign in with.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let details = try await People.open(try options.load()).reader().user(name)
        if output.json {
            print(details.json.text)
            return
        }
        for (label, value) in details.lines { print(UserShow.line(label, value)) }
    }

    static func line(_ label: String, _ value: String) -> String {
        "\(label):\(String(repeating: " ", count: max(1, 20 - label.utf8.count)))\(value.isEmpty ? "-" : shown(value))"
    }
}

extension ListedUser {
    static let headings = ["NAME", "E-MAIL", "FLAGS", "LAST SIGN-IN"]

    /// The flags that are not what most people have.
    var flags: String {
        [(!isActive, "inactive"), (isStaff, "staff"), (isSuperuser, "superuser")].filter(\.0).map(\.1)
            .joined(separator: ",")
    }

    var shown: [String] {
        [name.description, email.isEmpty ? "-" : email, flags.isEmpty ? "-" : flags, lastLogin ?? "never"]
    }

    var members: [(key: String, value: JSON)] {
        [
            ("id", .number(Int(id))), ("name", .string(name.description)), ("email", .string(email)),
            ("first_name", .string(firstName)), ("last_name", .string(lastName)), ("active", .flag(isActive)),
            ("staff", .flag(isStaff)), ("superuser", .flag(isSuperuser)), ("last_login", .optional(lastLogin)),
            ("date_joined", .string(joined)),
        ]
    }

}

extension UserDetails {
    var json: JSON {
        .object(
            user.members + [
                ("usable_password", .flag(hasUsablePassword)), ("groups", .strings(groups)),
                ("own_permissions", .strings(ownPermissions)), ("permissions", .strings(permissions)),
                ("object_permissions", .strings(objectGrants)),
                (
                    "identities",
                    .array(
                        identities.map {
                            .object([
                                ("provider", .string($0.seen.provider.string)),
                                ("issuer", .string($0.key.issuer.string)),
                                ("subject", .string($0.key.subject.string)),
                            ])
                        })
                ),
            ])
    }

    var lines: [(String, String)] {
        let real = [user.firstName, user.lastName].filter { !$0.isEmpty }.joined(separator: " ")
        return [
            ("Name", user.name.description), ("Real name", real), ("E-mail", user.email), ("Flags", user.flags),
            ("Password", hasUsablePassword ? "set" : "none that could match"), ("Made", user.joined),
            ("Last sign-in", user.lastLogin ?? "never"),
            ("Groups", groups.map(\.description).joined(separator: ", ")),
            ("Own permissions", ownPermissions.map(\.description).joined(separator: ", ")),
            ("Permissions", user.isSuperuser ? "every one" : permissions.map(\.description).joined(separator: ", ")),
            (
                "At providers",
                identities.map { identity in
                    let (provider, key) = (identity.seen.provider, identity.key)
                    return "\(provider.isEmpty ? key.issuer.string : provider.string): \(key.subject.string)"
                }.joined(separator: ", ")
            ),
            ("On objects", objectGrants.map(\.description).joined(separator: ", ")),
        ]
    }
}
