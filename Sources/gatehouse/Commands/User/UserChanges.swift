internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats

/// `gatehouse user set`.
struct UserSet: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "set", abstract: "Change a person; sessions that are going on see it at once.",
        discussion: """
            Of several changes either all are made or none. An inactive person's sessions end.

            Exit codes: 0 changed, 1 refused, 2 usage, 3 no database, or saved but the session store gave no answer.
            """)

    @Argument(help: "The name they sign in with.")
    var name: String

    @Flag(help: "Whether they may sign in.")
    var activity: Activity?

    @Flag(name: .long, inversion: .prefixedNo, help: "Whether they may use staff-only pages.")
    var staff: Bool?

    @Flag(name: .long, inversion: .prefixedNo, help: "Whether they have every permission.")
    var superuser: Bool?

    @Flag(name: .long, inversion: .prefixedNo, help: "Whether a new password has to be chosen at the next sign-in.")
    var mustChange: Bool?

    @Option(name: .long, help: "The e-mail address.")
    var email: String?

    @Option(name: .long, help: "The first name.")
    var firstName: String?

    @Option(name: .long, help: "The last name.")
    var lastName: String?

    @OptionGroup var rights: NewRights

    @Option(name: .long, help: "A group to leave; may be repeated.")
    var removeGroup: [String] = []

    @Option(name: .long, help: "A permission to lose; may be repeated.")
    var revoke: [String] = []

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    enum Activity: String, EnumerableFlag {
        case active
        case inactive
    }

    func validate() throws {
        let isEmpty =
            activity == nil && mustChange == nil && staff == nil && superuser == nil && email == nil && firstName == nil
            && lastName == nil
        guard
            !isEmpty || !(rights.addGroup + rights.group + removeGroup).isEmpty
                || !(rights.grant + rights.permission + revoke).isEmpty
        else { throw ValidationError("say what to change; see --help") }
        if let email { try EmailAddress.require(email) }
    }

    func run() async throws {
        var change = UserChange()
        change.isActive = activity.map { $0 == .active }
        (change.isStaff, change.isSuperuser) = (staff, superuser)
        (change.email, change.firstName, change.lastName) = (email, firstName, lastName)
        change.addedGroups = rights.groups
        change.removedGroups = removeGroup.map { GroupName($0) }
        change.granted = try rights.grants()
        change.missing = rights.missing
        change.revoked = try revoke.map { try Grant.parsed($0) }
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let typed = try people.name(name)
        let wanted = change
        let names = WantedNames(groups: wanted.addedGroups, grants: wanted.granted, missing: wanted.missing)
        let changed = try await people.administer(name, wanting: names) { try await $0.change(typed, wanted) }
        if let mustChange { try await people.setMustChange(name, mustChange) }
        try await LiveSessions.with(configuration, people, saved: .changing("\(shown(name)) is changed")) { sessions in
            try await sessions.refresh([changed.id])
        }
        output.report(
            "Changed the user \(shown(name)).",
            [
                ("user", .string(name)), ("result", .string("changed")), ("granted", .strings(wanted.granted)),
                ("revoked", .strings(wanted.revoked)), ("groups_added", .strings(wanted.addedGroups)),
                ("groups_removed", .strings(wanted.removedGroups)),
            ], made: changed.made, notHeld: changed.notHeld, by: name, event: .userChanged, in: configuration)
    }
}

/// `gatehouse user remove`.
struct UserRemove: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "remove", abstract: "Remove a person for good; their sessions end.",
        discussion: """
            `user set NAME --inactive` keeps the person and who did what. Exit codes: 0 removed, 1 refused, 3 no \
            database, or removed but the session store gave no answer.
            """)

    @Argument(help: "The name they sign in with.")
    var name: String

    @Flag(name: .long, help: "Do not ask.")
    var yes = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let typed = try people.name(name)
        if !yes {
            guard Terminal.isInteractive else { throw Failure.usage("no terminal to ask on: say --yes") }
            guard try Terminal.confirms("Remove \(typed) for good?") else {
                throw Failure.refused("nothing was removed")
            }
        }
        let id = try await people.administer(name) { try await $0.remove(typed) }
        let saved = LiveSessions.Saved.ending("\(shown(name)) is removed", sessionsOf: shown(name), isGone: true)
        let count = try await LiveSessions.with(configuration, people, saved: saved) { sessions in
            try await sessions.end(id)
        }
        output.report(
            "Removed the user \(shown(name)); \(sessionCount(count)) ended.",
            [("user", .string(name)), ("result", .string("removed")), ("sessions_ended", .number(count))],
            event: .userRemoved, in: configuration)
    }
}
