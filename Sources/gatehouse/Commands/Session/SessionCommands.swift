internal import ArgumentParser
internal import GatehouseCore
private import GatehouseSessions

/// `gatehouse session`.
struct SessionCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "session", abstract: "List and end sessions.", subcommands: [SessionList.self, SessionEnd.self])
}

/// `gatehouse session list`.
struct SessionList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List a person's sessions, the newest first.",
        discussion:
            "The id is no secret: nobody can use a session by it. Exit codes: 0 listed, 1 no such person, 3 no answer.")

    @Argument(help: "The name they sign in with; with --backend, the id that log lines have as user_id.")
    var name: String

    @Option(name: .long, help: "The backend of somebody who is not in the database, as log lines name it.")
    var backend: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        let user = try await people.reference(name, of: backend)
        let sessions = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do { return try await sessions.keeper.sessions(of: user, now: WallClock.now()) } catch {
                throw Failure.unknown("sessions.store: \(error)")
            }
        }
        var listing = Listing(["ID", "SIGNED IN", "LAST SEEN", "ENDS", "REMEMBERED"], isJSON: output.json)
        for listed in sessions {
            let session = listed.session
            let (began, seen, ends) = (
                SessionList.text(session.signedInAt), SessionList.text(session.lastSeen),
                SessionList.text(session.expiresAt)
            )
            listing.add(
                [listed.id.text, began, seen, ends, session.isRemembered ? "yes" : "no"],
                .object([
                    ("id", .string(listed.id.text)), ("signed_in", .string(began)), ("last_seen", .string(seen)),
                    ("ends", .string(ends)), ("remembered", .flag(session.isRemembered)),
                ]))
        }
        listing.end("\(name) has no session.")
    }

    /// RFC 3339 in UTC.
    private static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        return "\(time.date)T\(time.time)Z"
    }
}

/// `gatehouse session end`.
struct SessionEnd: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "end", abstract: "End sessions, at once and everywhere: all of a person, or one by its id.",
        discussion: "Exit codes: 0 done, 1 no such person or session, 3 the store or the database gave no answer.")

    @Argument(help: "The name they sign in with; with --backend, the id that log lines have as user_id.")
    var name: String?

    @Option(name: .long, help: "The backend of somebody who is not in the database, as log lines name it.")
    var backend: String?

    // One id in sixty-four begins with a dash and is no option all the same.
    @Option(name: .long, parsing: .unconditional, help: "The id of one session, as `session list` shows it.")
    var id: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard (name == nil) != (id == nil) else { throw ValidationError("say either a name or --id ID") }
        guard backend == nil || name != nil else { throw ValidationError("--backend goes with a name") }
    }

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        if let name {
            let user = try await people.reference(name, of: backend)
            let count = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
                try await sessions.end(user)
            }
            output.report(
                "Ended \(sessionCount(count)) of \(shown(name)).",
                [("user", .string(name)), ("result", .string("ended")), ("sessions_ended", .number(count))],
                event: "session.ended", in: configuration)
        }
        guard let text = id else { return }
        guard let id = SessionID(text: text) else {
            throw Failure.usage("\(text): an id has 22 characters; `gatehouse session list NAME` shows it")
        }
        let isEnded = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do { return try await sessions.keeper.end(id) } catch { throw Failure.unknown("sessions.store: \(error)") }
        }
        guard isEnded else { throw Failure.refused("\(text): there is no such session") }
        output.report(
            "Ended the session \(text).",
            [("id", .string(text)), ("result", .string("ended")), ("sessions_ended", .number(1))],
            event: "session.ended", in: configuration)
    }
}
