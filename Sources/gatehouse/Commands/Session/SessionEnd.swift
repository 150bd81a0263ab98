internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
private import GatehouseSessions

/// `gatehouse session end`.
struct SessionEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End sessions, at once and everywhere: all of a person, or one by its id.",
        discussion: """
            People of other backends are found by what stands in the store of sessions, which takes a few reads: the backend is \
            not asked and may be down.

            Exit codes: 0 done, also for somebody of the database who has no session anywhere, 1 nothing found: no such person, \
            or no session by this backend or of this id, 2 usage, 3 the store or the database gave no answer.
            """)

    @Argument(help: "The name they sign in with; with --backend, also the id that log lines have as user_id.")
    var name: String?

    @OptionGroup var owner: OwnerOptions

    // One id in sixty-four begins with a dash and is no option all the same.
    @Option(name: .long, parsing: .unconditional, help: "The id of one session, as `session list` shows it.")
    var id: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (name == nil) != (id == nil) else { throw ValidationError("say either a name or --id ID") }
        guard owner.backend == nil || name != nil else { throw ValidationError("--backend goes with a name") }
    }

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        if let name { return try await end(of: name, people, configuration) }
        guard let text = id else { return }
        guard let id = SessionID(text: text) else {
            throw Failure.usage("\(shown(text)): an id has 22 characters; `gatehouse session list NAME` shows it")
        }
        let isEnded = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do { return try await sessions.keeper.end(id) } catch { throw Failure.unknown("sessions.store: \(error)") }
        }
        guard isEnded else { throw Failure.refused("\(text): there is no such session") }
        output.report(
            "Ended the session \(text).",
            [("id", .string(text)), ("result", .string("ended")), ("sessions_ended", .number(1))],
            event: .sessionEnded, in: configuration)
    }

    private func end(of name: String, _ people: People, _ configuration: Configuration) async throws {
        let owners = SessionOwners(people: people, configuration: configuration)
        let (users, count, others) = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            let users = try await owners.named(name, of: owner.backend, in: sessions)
            var count = 0
            for user in users { count += try await sessions.end(user) }
            let others = owner.backend == nil ? try await owners.elsewhere(name, in: sessions) : ""
            return (users, count, others)
        }
        guard count > 0 || others.isEmpty else {
            throw Failure.refused("\(shown(name)) has no session as somebody of the database\(others)")
        }
        if !others.isEmpty { Terminal.complain("note: only sessions of the database's \(shown(name)) ended\(others)") }
        // Who is in the database is surely meant; anybody else may be in under another name.
        guard count > 0 || users.allSatisfy({ $0.backend == People.backendName }) else {
            throw Failure.refused("\(shown(name)) has no session; `gatehouse session list` shows who is signed in")
        }
        output.report(
            count > 0 ? "Ended \(sessionCount(count)) of \(shown(name))." : "\(shown(name)) has no session.",
            [
                ("user", .string(name)), ("user_ids", .strings(users.map(\.id))),
                ("backend", .string(users.first?.backend.description ?? "")), ("result", .string("ended")),
                ("sessions_ended", .number(count)),
            ], event: .sessionEnded, in: configuration)
    }
}
