internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseDatabase

/// `gatehouse permission`.
struct PermissionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "permission", abstract: "Declare, grant and look at permissions.",
        subcommands: [
            PermissionList.self, PermissionDeclare.self, PermissionGrant.self, PermissionRevoke.self,
            PermissionCheck.self,
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
            [("permission", .string(name)), ("result", .string(isNew ? "made" : "exists"))], event: "permission.made",
            in: configuration)
    }
}

/// Whom a permission is granted to or taken from.
struct GranteeOptions: ParsableArguments {
    @Option(name: .long, help: "The person.")
    var user: String?

    @Option(name: .long, help: "The group.")
    var group: String?

    func validate() throws {
        guard (user == nil) != (group == nil) else { throw ValidationError("say either --user NAME or --group NAME") }
    }

    /// Makes the change, for those who are signed in too.
    func change(
        granted: [Grant], revoked: [Grant], _ options: ConfigurationOptions, _ output: OutputOptions,
        _ sentence: String
    ) async throws {
        if let group {
            return try await GroupSet.change(group, granted: granted, revoked: revoked, options, output, sentence)
        }
        guard let user else { return }
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let typed = try people.name(user)
        var change = UserChange()
        (change.granted, change.revoked) = (granted, revoked)
        let wanted = change
        let changed = try await people.administer(user) { try await $0.change(typed, wanted) }
        try await LiveSessions.with(configuration, people, saved: .changing("\(shown(user)) is changed")) { sessions in
            try await sessions.refresh([changed.id])
        }
        output.report(
            sentence,
            [
                ("user", .string(user)), ("result", .string("changed")), ("granted", .strings(granted)),
                ("revoked", .strings(revoked)),
            ], made: changed.made, notHeld: changed.notHeld, by: user, event: "permission.changed", in: configuration)
    }

    var name: String { user ?? "the group \(group ?? "")" }
}

/// `gatehouse permission grant`.
struct PermissionGrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Grant a permission to a person or a group; it counts at once.")

    @Argument(help: "The permission: APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.")
    var permission: String

    @OptionGroup var grantee: GranteeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await grantee.change(
            granted: [try Grant.parsed(permission)], revoked: [], options, output,
            "Granted \(shown(permission)) to \(shown(grantee.name)).")
    }
}

/// `gatehouse permission revoke`.
struct PermissionRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a permission away from a person or a group; it counts at once.")

    @Argument(help: "The permission: APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.")
    var permission: String

    @OptionGroup var grantee: GranteeOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        try await grantee.change(
            granted: [], revoked: [try Grant.parsed(permission)], options, output,
            "\(shown(grantee.name)) does not have \(shown(permission)) any more, unless from elsewhere.")
    }
}

/// `gatehouse permission check`.
struct PermissionCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether a person has a permission, as Django's has_perm does.",
        discussion: "Exit codes: 0 yes, 1 no, 2 usage, 3 could not find out.")

    @Argument(help: "The name they sign in with.")
    var name: String

    @Argument(help: "The permission: APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.")
    var permission: String

    @Flag(name: .long, help: "Count a permission on everything for each object, as global_implies_object does.")
    var implied = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let grant = try Grant.parsed(permission)
        let people = try await People.open(try options.load())
        try await people.requireOwnTables()
        let typed = try people.name(name)
        let user = try await people.administer(name) { try await $0.user(typed).user }
        let has = try await people.administer(name) { administration in
            let chain = PermissionChain([
                ModelPermissions(records: administration, objects: .grants(globalImpliesObject: implied))
            ])
            let subject = PermissionSubject.person(
                PermissionSubject.Person(
                    user: people.reference(id: user.reference), name: user.name, isActive: user.isActive,
                    isSuperuser: user.isSuperuser))
            return try await chain.hasPermission(grant.permission, of: subject, on: grant.object)
        }
        if output.json {
            let members: [(key: String, value: JSON)] = [
                ("user", .string(name)), ("permission", .string(permission)), ("has", .flag(has)),
            ]
            print(JSON.object(members).text)
        } else {
            let why = !user.isActive ? " (inactive)" : user.isSuperuser ? " (superuser)" : ""
            print(has ? "yes\(why)" : "no\(why)")
        }
        if !has { throw ExitCode(ExitStatus.refused) }
    }
}

/// `gatehouse who-can`.
struct WhoCan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who-can", abstract: "List who has a permission, as Django's with_perm does.",
        discussion: "Exit codes: 0 somebody, 1 nobody, 2 usage, 3 could not find out.")

    @Argument(help: "The permission: APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.")
    var permission: String

    @Flag(name: .long, inversion: .prefixedNo, help: "Whether superusers are listed, who have every permission.")
    var superusers = true

    @Flag(name: .long, help: "List inactive people too, whose permissions do not count.")
    var inactive = false

    @Flag(name: .long, help: "Count a permission on everything for each object, as global_implies_object does.")
    var implied = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let grant = try Grant.parsed(permission)
        do { _ = try PermissionSearch(grant.permission) } catch {
            throw Failure.usage("\(shown(permission)): a permission to search for has exactly one dot, as in Django")
        }
        let people = try await People.open(try options.load())
        try await people.requireOwnTables()
        var listing = Listing(ListedUser.headings, isJSON: output.json)
        var count = 0
        let (superusers, inactive, implied) = (superusers, inactive, implied)
        try await people.administer(permission) { administration in
            try await administration.whoCan(
                grant, globalImpliesObject: implied, includesSuperusers: superusers, isActive: inactive ? nil : true
            ) { page in
                for user in page { listing.add(user.shown, user.json) }
                count += page.count
            }
        }
        listing.end("Nobody.")
        if count == 0 { throw ExitCode(ExitStatus.refused) }
    }
}
