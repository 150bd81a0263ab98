internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
internal import GatehousePeople
internal import GatehousePortal
internal import GatehouseSessions
internal import GatehouseTerminal

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
        let lifetime = configuration.passwords.resetLifetime
        let issuer = try await People.open(configuration).issuer()
        let portal = try configuration.portalSettings()
        let issued = try await issuer.resetLink(for: name) { account async throws(SessionError) in
            try await SessionParts.with(configuration) { parts async throws(SessionError) in
                try await portal.resetLink(
                    for: account, backend: People.backendName, in: parts.secretRecords(.reset), now: WallClock.now())
            }
        }
        configuration.audit(issued.event)
        guard !output.json else {
            return print(
                JSON.object([
                    ("user", .string(name)), ("link", .string(issued.link)),
                    ("seconds", .number(Int(lifetime.components.seconds))),
                ]).text)
        }
        print(issued.link)
        Terminal.complain("It works once, within \(lifetime.components.seconds / 60) minutes.")
    }
}
