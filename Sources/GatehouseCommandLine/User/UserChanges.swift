internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

// Wide: each property is an option of the command line.
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
        let door = try await options.people()
        let changed = try await door.change { try await $0.change(name, change, mustChange: mustChange) }
        output.report("Changed the user \(shown(name)).", changed, of: name)
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
        let door = try await options.people()
        let typed = try door.people.name(name)
        if !yes {
            guard Terminal.isInteractive else { throw Failure.usage("no terminal to ask on: say --yes") }
            guard try Terminal.confirms("Remove \(typed) for good?") else {
                throw Failure.refused("nothing was removed")
            }
        }
        let change = try await door.change { try await $0.remove(name) }
        output.report("Removed the user \(shown(name)); \(sessionCount(change.sessionsEnded)) ended.", change)
    }
}
