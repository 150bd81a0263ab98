internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
private import GatehousePeople
private import GatehouseSessions
internal import GatehouseTerminal

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
        let (administrator, configuration) = try options.sessions()
        if let name { return try await end(of: name, administrator, configuration) }
        guard let text = id else { return }
        guard let id = SessionID(text: text) else {
            throw Failure.usage("\(shown(text)): an id has 22 characters; `gatehouse session list NAME` shows it")
        }
        output.report("Ended the session \(text).", try await administrator.end(id), in: configuration)
    }

    private func end(
        of name: String, _ administrator: SessionAdministrator, _ configuration: Configuration
    ) async throws {
        let ended = try await administrator.endAll(of: name, by: owner.name)
        if !ended.elsewhere.isEmpty {
            let others = Failure.clause(elsewhere: ended.elsewhere)
            Terminal.complain("note: only sessions of the database's \(shown(name)) ended\(others)")
        }
        output.report(
            ended.count > 0
                ? "Ended \(sessionCount(ended.count)) of \(shown(name))." : "\(shown(name)) has no session.",
            ended.event, in: configuration)
    }
}
