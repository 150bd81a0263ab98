internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseFormats
internal import GatehouseThrottle

/// `gatehouse throttle`.
struct ThrottleCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "throttle", abstract: "Show who failed to sign in too often, and let them try again.",
        subcommands: [ThrottleList.self, ThrottleClear.self])
}

/// `gatehouse throttle list`.
struct ThrottleList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List what was refused within the last day and still counts failures.",
        discussion: """
            Names are kept as keyed hashes only: those of people in the database are recognised, any other shows as the id \
            that log lines have as name_id. A failure of a known device stands for its owner alone and is not listed.

            Exit codes: 0 listed, 2 configuration, 3 no answer of the store or the database.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireTables()
        let names = try await people.names()
        let now = WallClock.now()
        let listed = try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do throws(StoreError) { return try await sessions.throttle.list(names, now: now) } catch {
                throw Failure.unknown("sessions.store: \(error.reason)")
            }
        }
        var listing = Listing(["WHO", "ADDRESS", "FAILURES", "LAST", "WAIT"], isJSON: output.json)
        for entry in listed {
            let (name, id): (String?, String?) =
                switch entry.subject {
                case .name(let name): (name.description, nil)
                case .otherName(let id): (nil, id)
                case .address: (nil, nil)
                }
            let time = CalendarTime(entry.lastAttempt)
            let last = "\(time.date)T\(time.time)Z"
            let seconds = Int((entry.wait.wholeMilliseconds + 999) / 1_000)
            listing.add(
                [
                    name ?? id.map { "(unknown, \($0))" } ?? "(any name)", entry.block.description, "\(entry.recent)",
                    last, seconds == 0 ? "-" : "\(seconds) s",
                ],
                .object([
                    ("user", .optional(name)), ("name_id", .optional(id)),
                    ("address", .string(entry.block.description)),
                    ("failures", .number(entry.recent)), ("last", .string(last)), ("wait_seconds", .number(seconds)),
                ]))
        }
        listing.end("Nobody was refused lately.")
    }
}

/// `gatehouse throttle clear`.
struct ThrottleClear: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "clear", abstract: "Forget failures, so that a person or an address can try again at once.",
        discussion: "Exit codes: 0 done, 2 usage, 3 the store gave no answer.")

    @Argument(help: "The name that was typed, whether there is such a person or not.")
    var name: String?

    @Option(name: .long, help: "An address, or a block as `throttle list` shows it.")
    var address: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        guard name != nil || address != nil else { throw ValidationError("say a name, --address ADDRESS, or both") }
    }

    func run() async throws {
        let configuration = try options.load()
        let people = try await People.open(configuration)
        let block = try address.map { text throws(Failure) in
            guard let block = AddressBlock(text: text) else {
                throw .usage("\(shown(text)): is no address; expected 192.0.2.1, 2001:db8::1 or 2001:db8::/64")
            }
            return block
        }
        // Mails are counted for the account, too; names of other backends, or of nobody, are cleared all the same.
        let person: UserReference? = if let name { try? await people.reference(name) } else { nil }
        try await LiveSessions.with(configuration, people, saved: nil) { sessions in
            do throws(StoreError) {
                if let name { try await sessions.throttle.clear(UTF8Text(name), of: person) }
                if let block { try await sessions.throttle.clear(block) }
            } catch {
                throw Failure.unknown("sessions.store: \(error.reason)")
            }
        }
        let subjects = [name.map { shown($0) }, block?.description].compactMap(\.self).joined(separator: " and ")
        output.report(
            "Forgot the failures of \(subjects).",
            [("user", .optional(name)), ("address", .optional(block?.description)), ("result", .string("cleared"))],
            event: .throttleCleared, in: configuration)
    }
}
