internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse explain`: what the policy says to a request, and why.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what becomes of a request, which rule decides, and what the rule asks for.",
        discussion: """
            Whoever is asked about counts as having signed in just now; without --user no database is needed. \
            Exit codes: 0 allowed, 1 not allowed or no such person, 2 usage or configuration, 3 could not find out.
            """)

    @Option(name: .long, help: "The name of the person; without it, a stranger.")
    var user: String?

    @Option(name: .long, help: "The whole address, like https://reports.example.com/admin/.")
    var url: String

    @Option(name: .long, help: "The method, in capitals.")
    var method = "GET"

    @Option(name: .customLong("from"), help: "The client's address, like 10.0.0.7, for rules about networks.")
    var client: String?

    @Option(name: .customLong("at"), help: "When, like 2026-11-30T09:00:00+01:00; now by default.")
    var moment: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        guard Method(method) != nil else {
            throw Failure.usage("\(method): not a method that can be asked about; methods are written like GET")
        }
        guard let request = OriginalRequest(method: method, url: url) else {
            throw Failure.usage(
                "\(url): not an address like https://reports.example.com/admin/\(HostAdvice.about(url: url))")
        }
        let (from, at) = (try address(), try time())
        let configuration = try options.load()
        var identity: Identity?
        if let user {
            let people = try People.open(configuration)
            try await people.tables.require()
            identity = try await people.lookup.identity(named: try people.lookup.name(user))
        }
        let explanation = Explanation(
            request, from: from, of: user, identity, configuration.policy, now: at)
        print(
            output.json
                ? explanation.json(method: method, url: url).text
                : explanation.lines.map { shown($0) }.joined(separator: "\n"))
        if explanation.decision.trace.reason == .unknownAddress {
            Terminal.complain("say where the client is: --from 10.0.0.7")
        }
        if explanation.decision.outcome != .allow { throw ExitCode(ExitStatus.refused) }
    }

    private func address() throws(Failure) -> ClientAddress {
        guard let client else { return .unknown }
        guard let address = IPAddress(client) else { throw .usage("\(client): not an address like 10.0.0.7") }
        return .known(address)
    }

    private func time() throws(Failure) -> Timestamp {
        guard let moment else { return WallClock.now() }
        guard let time = Timestamp(rfc3339: moment) else {
            throw .usage("\(moment): not a time like 2026-11-30T09:00:00+01:00")
        }
        return time
    }
}

extension Explanation {
    /// For programs.
    fileprivate func json(method: String, url: String) -> JSON {
        let trace = decision.trace
        let captured = captures.map { capture -> (key: String, value: JSON) in
            (capture.name.string, .string(String(decoding: capture.value, as: UTF8.self)))
        }
        return .object([
            ("decision", .string("\(decision.outcome)")), ("reason", .string(trace.reason.rawValue)),
            ("application", .optional(trace.application?.description)),
            ("rule", trace.rule.map(JSON.number) ?? .null), ("condition", .optional(trace.condition?.description)),
            ("conditions", .array(conditions.map(Explanation.json))), ("captures", .object(captured)),
            ("networks", .strings(rule?.networks.texts ?? [])), ("between", .strings(rule?.windows ?? [])),
            ("signed_in_within", rule?.signedInWithin.map { .number(Int($0.components.seconds)) } ?? .null),
            ("other_methods", .strings(otherMethods)), ("user", .optional(user)),
            ("active", user == nil ? .null : .flag(!isInactive)), ("method", .string(method)), ("url", .string(url)),
        ])
    }

    /// As the configuration has it.
    private static func json(_ condition: Condition) -> JSON {
        if case .all(let parts) = condition { .strings(parts) } else { .string(condition.description) }
    }
}
