internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// A permission and whom it is about, in whatever order they are typed: `USER PERMISSION`, `PERMISSION USER`, or with `--user`.
struct PermissionArguments: ParsableArguments {
    @Argument(
        help: ArgumentHelp(
            "The person and the permission, in either order; the person may be said with --user instead.",
            valueName: "user-or-permission"))
    var words: [String]

    @Option(name: .long, help: "The person.")
    var user: String?

    /// The name as it was typed, and the permission.
    ///
    /// A name may look like a permission (`first.last`): then the one that is somebody's counts, and else the first one.
    func resolved(_ isSomebody: (String) async throws -> Bool) async throws -> (user: String, grant: Grant) {
        if let user {
            guard let word = words.first, words.count == 1 else {
                throw Failure.usage("with --user, say one permission and nothing else")
            }
            return (user, try Grant.parsed(word))
        }
        guard let first = words.first, let second = words.last, words.count == 2 else {
            throw Failure.usage("say a person and a permission, like: alice reports.view_report")
        }
        switch (Grant(first), Grant(second)) {
        case (nil, _): return (first, try Grant.parsed(second))
        case (let grant?, nil): return (second, grant)
        case (let ofFirst?, let ofSecond?):
            if try await !isSomebody(first), try await isSomebody(second) { return (second, ofFirst) }
            return (first, ofSecond)
        }
    }
}

/// A change of what one person or group has, the same for granting and revoking.
private struct GrantChange {
    let arguments: PermissionArguments
    let group: String?
    let missing: MissingNames
    let options: ConfigurationOptions
    let output: OutputOptions

    func make(
        _ change: (Grant) -> (granted: [Grant], revoked: [Grant]),
        _ sentence: (_ grant: String, _ whom: String) -> String
    ) async throws {
        if let group {
            guard arguments.user == nil, arguments.words.count == 1, let word = arguments.words.first else {
                throw Failure.usage("with --group, say one permission and nothing else")
            }
            let grant = try Grant.parsed(word)
            let (granted, revoked) = change(grant)
            return try await GroupSet.change(
                group, granted: granted, revoked: revoked, missing, options, output,
                sentence(shown(grant), "the group \(shown(group))"))
        }
        let door = try await options.people()
        let (user, grant) = try await arguments.resolved { try await door.people.isSomebody($0) }
        let (granted, revoked) = change(grant)
        let changed = try await door.change {
            try await $0.changeGrants(of: user, granted: granted, revoked: revoked, missing: missing)
        }
        output.report(sentence(shown(grant), shown(user)), changed, of: user)
    }
}

/// `gatehouse permission grant`.
struct PermissionGrant: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "grant", abstract: "Grant a permission to a person or a group; it counts at once.",
        discussion: """
            A permission is APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.

            Exit codes: 0 granted, 1 refused, 2 usage, 3 no database, or granted but the session store gave no answer.
            """)

    @OptionGroup var arguments: PermissionArguments

    @Option(name: .long, help: "The group, in place of a person.")
    var group: String?

    @OptionGroup var creation: CreationOption
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let change = GrantChange(
            arguments: arguments, group: group, missing: creation.missing, options: options, output: output)
        try await change.make({ ([$0], []) }) { "Granted \($0) to \($1)." }
    }
}

/// `gatehouse permission revoke`.
struct PermissionRevoke: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "revoke", abstract: "Take a permission away from a person or a group; it counts at once.",
        discussion: """
            A permission is APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.

            Exit codes: 0 revoked, also if it was not granted, 1 refused, 2 usage, 3 no database, or revoked but the session store \
            gave no answer.
            """)

    @OptionGroup var arguments: PermissionArguments

    @Option(name: .long, help: "The group, in place of a person.")
    var group: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let change = GrantChange(
            arguments: arguments, group: group, missing: .areRefused, options: options, output: output)
        try await change.make({ ([], [$0]) }) { "\($1) does not have \($0) any more, unless from elsewhere." }
    }
}
