internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse user`: people in the database.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and change people.",
        subcommands: [
            UserAdd.self, UserPasswd.self, UserList.self, UserShow.self, UserSet.self, UserRename.self,
            UserRemove.self, UserImport.self, UserResetLink.self, UserIdentities.self,
        ])
}

/// `gatehouse user add`.
struct UserAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a person.",
        discussion: """
            With --generate the password stands alone on standard output, once and nowhere else, and the person has to choose \
            another one at the first sign-in unless --no-must-change is said.

            Exit codes: 0 made, 1 refused, 2 usage, 3 no database.
            """)

    @Argument(help: "The name to sign in with: letters, digits and @ . + - _, at most 150.")
    var name: String

    @OptionGroup var rights: NewRights

    @Option(name: .long, help: "The e-mail address.")
    var email = ""

    @Option(name: .long, help: "The first name.")
    var firstName = ""

    @Option(name: .long, help: "The last name.")
    var lastName = ""

    @Flag(name: .long, help: "May not sign in yet.")
    var inactive = false

    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "Whether they have to choose a new password at the first sign-in; with --generate they do.")
    var mustChange: Bool?

    @Flag(name: .long, help: "May use staff-only pages (Django's is_staff).")
    var staff = false

    @Flag(name: .long, help: "Has every permission (Django's is_superuser).")
    var superuser = false

    @OptionGroup var password: NewPasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws { try EmailAddress.require(email) }

    func run() async throws {
        var draft = PersonDraft(name: name)
        (draft.email, draft.firstName, draft.lastName) = (email, firstName, lastName)
        (draft.isActive, draft.isStaff, draft.isSuperuser) = (!inactive, staff, superuser)
        (draft.groups, draft.granted, draft.missing) = (rights.groups, try rights.grants(), rights.missing)
        let door = try await options.people()
        // Before a password is asked for: whoever mistyped a group need not type that again, too.
        let judge = try await door.people.passwordJudge(for: draft)
        let new = try await password.new(judge)
        draft.mustChange = mustChange ?? (new.generated != nil)
        let add = draft
        let change = try await door.change { try await $0.add(add, password: new.password) }
        output.report("Made the user \(shown(name)).", change, password: new.generated)
    }
}

/// `gatehouse user passwd`.
struct UserPasswd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Set a person's password; their sessions end.",
        discussion: """
            With --generate the password stands alone on standard output, once and nowhere else, and the person has to choose \
            another one at the next sign-in unless --no-must-change is said.

            Exit codes: 0 set, 1 refused, 2 usage, 3 no database, or set but the session store gave no answer.
            """)

    @Argument(help: "The name they sign in with.")
    var name: String

    @Flag(
        name: .long, inversion: .prefixedNo,
        help: "Whether they have to choose another one at the next sign-in; with --generate they do.")
    var mustChange: Bool?

    @OptionGroup var password: NewPasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let door = try await options.people()
        let new = try await password.new(try await door.people.passwordJudge(of: name))
        let set = try await door.change {
            try await $0.setPassword(
                of: name, to: new.password, mustChange: mustChange ?? (new.generated != nil))
        }
        // Also when sessions could not be ended: the password is set, and nobody could know a generated one otherwise.
        output.report(
            "Set the password of \(shown(name)); \(sessionCount(set.change.sessionsEnded)) ended.", set,
            password: new.generated)
        if let failure = set.failure { throw failure }
    }
}
