internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
private import GatehouseDatabase

/// `gatehouse user`: people in the database.
struct User: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Make, list and change people.",
        subcommands: [
            UserAdd.self, UserPasswd.self, UserList.self, UserShow.self, UserSet.self, UserRemove.self,
            UserImport.self, UserResetLink.self,
        ])
}

/// Where a password comes from: never from an argument, which other people on the machine can read.
struct PasswordOptions: ParsableArguments {
    @Flag(name: .customLong("password-stdin"), help: "Read the password from standard input, up to the line's end.")
    var fromStandardInput = false

    @Flag(name: .long, help: "Take the password whatever the rules for new passwords say.")
    var ignoreRules = false

    @Option(name: .customLong("password-file"), help: "Read the password from the first line of this file.")
    var file: String?

    /// A new password, asked twice on a terminal.
    func new() throws(Failure) -> Password { try read { () throws(Failure) in try Terminal.newPassword() } }

    /// A password that exists, asked once on a terminal.
    func existing() throws(Failure) -> Password { try read { () throws(Failure) in try Terminal.password() } }

    private func read(_ ask: () throws(Failure) -> Password) throws(Failure) -> Password {
        if fromStandardInput, file != nil { throw .usage("--password-stdin and --password-file exclude each other") }
        if let file { return try Terminal.password(fromFile: file) }
        if fromStandardInput { return try Terminal.passwordFromStandardInput() }
        guard Terminal.isInteractive else {
            throw .usage("no terminal to ask for a password: use --password-stdin or --password-file FILE")
        }
        return try ask()
    }
}

/// `gatehouse user add`.
struct UserAdd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "add", abstract: "Make a person.",
        discussion:
            "Groups and permissions that do not exist yet are made. Exit codes: 0 made, 1 refused, 2 usage, 3 no database."
    )

    @Argument(help: "The name to sign in with: letters, digits and @ . + - _, at most 150.")
    var name: String

    @Option(name: .long, help: "A group to join; may be repeated.")
    var group: [String] = []

    @Option(name: .long, help: "A permission as app_label.codename; may be repeated.")
    var permission: [String] = []

    @Option(name: .long, help: "The e-mail address.")
    var email = ""

    @Option(name: .long, help: "The first name.")
    var firstName = ""

    @Option(name: .long, help: "The last name.")
    var lastName = ""

    @Flag(name: .long, help: "May not sign in yet.")
    var inactive = false

    @Flag(name: .long, help: "Has to choose a new password at the first sign-in.")
    var mustChange = false

    @Flag(name: .long, help: "May use staff-only pages (Django's is_staff).")
    var staff = false

    @Flag(name: .long, help: "Has every permission (Django's is_superuser).")
    var superuser = false

    @OptionGroup var password: PasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let made = try await people.add(
            name, password: try password.new(), email: email, groups: group.map { GroupName($0) },
            permissions: permission.map { PermissionName($0) }, isStaff: staff, isSuperuser: superuser,
            firstName: firstName, lastName: lastName, isActive: !inactive, ignoresRules: password.ignoreRules)
        if mustChange { try await people.setMustChange(name, true) }
        output.report(
            "Made the user \(shown(name)).", [("user", .string(name)), ("result", .string("made"))], made: made,
            event: "user.made", in: configuration)
    }
}

/// `gatehouse user passwd`.
struct UserPasswd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "passwd", abstract: "Set a person's password; their sessions end.")

    @Argument(help: "The name they sign in with.")
    var name: String

    @Flag(name: .long, help: "The person has to choose another one at the next sign-in.")
    var mustChange = false

    @OptionGroup var password: PasswordOptions
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireOwnTables()
        let user = try await people.reference(name)
        try await people.setPassword(name, to: try password.new(), ignoresRules: password.ignoreRules)
        try await people.setMustChange(name, mustChange)
        let saved = LiveSessions.Saved.ending("the password of \(shown(name)) is set", sessionsOf: shown(name))
        let count = try await LiveSessions.with(configuration, people, saved: saved) { sessions in
            try await sessions.end(user.id)
        }
        output.report(
            "Set the password of \(shown(name)); \(sessionCount(count)) ended.",
            [("user", .string(name)), ("result", .string("password_set")), ("sessions_ended", .number(count))],
            event: "password.changed", in: configuration)
    }
}
