internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseFormats
private import GatehousePeople
internal import GatehousePortal
internal import GatehouseSessions
internal import GatehouseTerminal

/// `gatehouse session`.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end sessions.", subcommands: [SessionList.self, SessionEnd.self])
}

/// `gatehouse session list`.
struct SessionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a person's sessions, or everybody's that began last; the newest first.",
        discussion: """
            Without a name, those are listed that are still alive of the last \(SessionKeeper.mostNewest) sign-ins; each one costs \
            a few reads of the store. The id is no secret: nobody can use a session by it.

            Exit codes: 0 listed, 1 no such person, 2 usage, 3 no answer.
            """)

    @Argument(help: "The name they sign in with; with --backend, also the id that log lines have as user_id.")
    var name: String?

    @OptionGroup var owner: OwnerOptions

    @Option(name: .long, help: "Without a name: how many to list, at most.")
    var limit = 50

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard owner.backend == nil || name != nil else { throw ValidationError("--backend goes with a name") }
        guard (1...SessionKeeper.mostNewest).contains(limit) else {
            throw ValidationError("--limit: 1 to \(SessionKeeper.mostNewest)")
        }
    }

    func run() async throws {
        let (administrator, _) = try options.sessions()
        let (sessions, elsewhere): ([OwnedSession], [BackendName])
        if let name {
            let found = try await administrator.sessions(of: name, by: owner.name)
            (sessions, elsewhere) = (found.sessions, found.elsewhere)
        } else {
            (sessions, elsewhere) = (try await administrator.newest(limit), [])
        }
        var listing = Listing((name == nil ? ["NAME", "BACKEND"] : []) + SessionList.headings, isJSON: output.json)
        for session in sessions {
            let (columns, members) = SessionList.row(session.listed)
            let owner = [session.owner.name.description, session.owner.user.backend.description]
            listing.add(
                (name == nil ? owner : []) + columns,
                .object(
                    members + [
                        ("user", .string(session.owner.name.description)),
                        ("user_id", .string(session.owner.user.id.string)),
                        ("backend", .string(session.owner.user.backend.description)),
                    ]))
        }
        listing.end(name.map { "\(shown($0)) has no session." } ?? "Nobody is signed in.")
        if let name, !elsewhere.isEmpty {
            let others = Failure.clause(elsewhere: elsewhere)
            Terminal.complain("note: these are only sessions of the database's \(shown(name))\(others)")
        }
    }

    private static let headings = ["ID", "SIGNED IN", "LAST SEEN", "ENDS", "REMEMBERED", "ADDRESS", "DEVICE"]

    private static func row(_ listed: ListedSession) -> (columns: [String], members: [(key: String, value: JSON)]) {
        let session = listed.session
        let (began, seen, ends) = (session.signedInAt.rfc3339, session.lastSeen.rfc3339, session.expiresAt.rfc3339)
        let address = listed.origin.map(\.address.string) ?? ""
        let device = listed.origin.map { AgentName($0.agent).text } ?? ""
        return (
            [
                listed.id.text, began, seen, ends, session.isRemembered ? "yes" : "no", address.isEmpty ? "-" : address,
                device.isEmpty ? "-" : device,
            ],
            [
                ("id", .string(listed.id.text)), ("signed_in", .string(began)), ("last_seen", .string(seen)),
                ("ends", .string(ends)), ("remembered", .flag(session.isRemembered)), ("address", .string(address)),
                ("device", .string(device)), ("agent", .string(listed.origin?.agent.string ?? "")),
            ]
        )
    }
}
