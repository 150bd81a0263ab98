internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseConfig
internal import GatehouseDatabase
internal import GatehouseFormats
internal import GatehousePortal
internal import GatehouseSessions

/// `gatehouse user reset-link`.
struct UserResetLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "reset-link", abstract: "Make a link by which a person chooses a new password.",
        discussion: """
            For sites without mail, and for people who cannot read theirs: give it to them in a safe way. It works once, for \
            passwords.reset_lifetime, and only until the account changes: a sign-in ends it, too.

            Exit codes: 0 made, 1 no such active person, 2 usage, 3 no database or no session store.
            """)

    @Argument(help: "The name they sign in with.")
    var name: String

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireTables()
        let id = try await people.reference(name).id
        let account: PasswordAccount?
        do { account = try await people.store.passwordAccount(of: id) } catch { throw Failure.unknown("\(error)") }
        guard let account, account.isActive else {
            throw Failure.refused("\(shown(name)): is not active; `gatehouse user set \(shown(name)) --active` first")
        }
        guard people.store.writesPasswords else {
            throw Failure.usage("database.write_back = false: passwords are not changed here")
        }
        let portal = try configuration.portalSettings()
        let lifetime = configuration.passwords.resetLifetime
        let link = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do {
                return try await portal.resetLink(
                    for: account, backend: People.backendName, in: sessions.secretRecords(.reset), now: WallClock.now())
            } catch {
                throw Failure.unknown("sessions.store: \(error)")
            }
        }
        configuration.audit(.resetMade, [("user", .string(name)), ("user_id", .string(id.string))])
        guard !output.json else {
            return print(
                JSON.object([
                    ("user", .string(name)), ("link", .string(link)),
                    ("seconds", .number(Int(lifetime.components.seconds))),
                ]).text)
        }
        print("\(link)")
        Terminal.complain("It works once, within \(lifetime.components.seconds / 60) minutes.")
    }
}
