internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
private import GatehousePeople
private import GatehouseSessions
internal import GatehouseTerminal
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
        let people = try People.open(configuration)
        try await people.tables.require()
        let names = try await people.lookup.names()
        let now = WallClock.now()
        let listed = try await configuration.withThrottle { throttle async throws(StoreError) in
            try await throttle.list(names, now: now)
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
        let people = try People.open(configuration)
        let block = try address.map { text throws(Failure) in
            guard let block = AddressBlock(text: text) else {
                throw .usage("\(shown(text)): is no address; expected 192.0.2.1, 2001:db8::1 or 2001:db8::/64")
            }
            return block
        }
        // Mails are counted for the account, too; names of other backends, or of nobody, are cleared all the same.
        let person: UserReference? = if let name { try? await people.lookup.reference(name) } else { nil }
        try await configuration.withThrottle { throttle async throws(StoreError) in
            if let name { try await throttle.clear(UTF8Text(name), of: person) }
            if let block { try await throttle.clear(block) }
        }
        let subjects = [name.map { shown($0) }, block?.description].compactMap(\.self).joined(separator: " and ")
        func value(_ text: String?) -> EventValue { text.map { .text($0) } ?? .missing }
        let event = Event(
            .throttleCleared, about: person.map { .person($0) } ?? .nobody,
            [(.user, value(name)), (.address, value(block?.description)), (.result, .text("cleared"))])
        output.report("Forgot the failures of \(subjects).", event, in: configuration)
    }
}

extension Configuration {
    /// Opens the store for a piece of work with the counters in it.
    ///
    /// - Throws: `Failure.unknown` if it gives no answer.
    fileprivate func withThrottle<Result>(
        _ work: (Throttle) async throws(StoreError) -> Result
    ) async throws(Failure) -> Result {
        do throws(SessionError) {
            return try await SessionParts.with(self) { parts async throws(SessionError) in
                do throws(StoreError) { return try await work(parts.throttle) } catch {
                    throw .unavailable(reason: error.reason)
                }
            }
        } catch {
            throw .unknown("sessions.store: \(error.reason)")
        }
    }
}
