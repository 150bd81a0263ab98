internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats

/// `gatehouse user`: people in the database.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and change people.",
        subcommands: [
            UserAdd.self, UserPasswd.self, UserList.self, UserShow.self, UserSet.self, UserRename.self,
            UserRemove.self, UserImport.self, UserResetLink.self,
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
        let (groups, granted) = (rights.groups, try rights.grants())
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let free = try await people.requireFree(name)
        // Before a password is asked for: whoever mistyped a group need not type that again, too.
        try await people.requireKnown(
            WantedNames(groups: groups, grants: granted, missing: rights.missing))
        let person = PersonAttributes(
            username: free.text, firstName: UTF8Text(firstName), lastName: UTF8Text(lastName), email: UTF8Text(email))
        let new = try await password.new { password async throws(Failure) in
            try await people.judge(password, of: person, past: nil)
        }
        let made = try await people.add(
            name, password: new.password, email: email, groups: groups, granted: granted, missing: rights.missing,
            isStaff: staff, isSuperuser: superuser, firstName: firstName, lastName: lastName, isActive: !inactive,
            ignoresRules: true)
        if mustChange ?? (new.generated != nil) { try await people.setMustChange(name, true) }
        output.report(
            "Made the user \(shown(name)).", [("user", .string(name)), ("result", .string("made"))], made: made,
            password: new.generated, event: .userMade, in: configuration)
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
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let user = try await people.reference(name)
        let (person, past) = try await people.person(name)
        let new = try await password.new { password async throws(Failure) in
            try await people.judge(password, of: person, past: past)
        }
        try await people.setPassword(name, to: new.password, ignoresRules: true)
        try await people.setMustChange(name, mustChange ?? (new.generated != nil))
        let saved = LiveSessions.Saved.ending("the password of \(shown(name)) is set", sessionsOf: shown(name))
        var (count, failure): (Int, (any Error)?) = (0, nil)
        do {
            count = try await LiveSessions.with(configuration, people, saved: saved) { sessions in
                try await sessions.end(user.id)
            }
        } catch {
            failure = error
        }
        // Also when sessions could not be ended: the password is set, and nobody could know a generated one otherwise.
        output.report(
            "Set the password of \(shown(name)); \(sessionCount(count)) ended.",
            [("user", .string(name)), ("result", .string("password_set")), ("sessions_ended", .number(count))],
            password: new.generated, event: .passwordChanged, in: configuration)
        if let failure { throw failure }
    }
}
