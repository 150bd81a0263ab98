internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore

/// `gatehouse explain`: what the policy says to a request, and why.
struct Explain: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Say what becomes of a request, and which rule decides.",
        discussion: """
            Whoever is asked about counts as having signed in just now. Exit codes: 0 allowed, 1 not allowed, 2 usage, \
            3 could not find out.
            """)

    @Option(name: .long, help: "The name of the person; without it, a stranger.")
    var user: String?

    @Option(name: .long, help: "The whole address, like https://reports.example.com/admin/.")
    var url: String

    @Option(name: .long, help: "The method.")
    var method = "GET"

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        guard let request = OriginalRequest(method: method, url: url) else {
            throw Failure.usage("\(method) \(url): not a method and an address like https://reports.example.com/admin/")
        }
        let configuration = try options.load()
        let people = try await People.open(configuration)
        try await people.requireTables()
        let name = try user.map { try people.name($0) }
        let decision = try await Check.decision(request, name, configuration, people)
        let trace = decision.trace
        if output.json {
            let members: [(key: String, value: JSON)] = [
                ("decision", .string("\(decision.outcome)")), ("reason", .string(trace.reason.rawValue)),
                ("application", .optional(trace.application?.description)),
                ("rule", trace.rule.map(JSON.number) ?? .null),
                ("condition", .optional(trace.condition?.description)), ("user", .optional(user)),
                ("method", .string(method)), ("url", .string(url)),
            ]
            print(JSON.object(members).text)
        } else {
            print("\(decision.outcome): \(Explain.words(trace, user: user))")
        }
        if decision.outcome != .allow { throw ExitCode(ExitStatus.refused) }
    }

    /// The trace as a sentence.
    private static func words(_ trace: Trace, user: String?) -> String {
        let who = user ?? "a stranger"
        let application = trace.application.map { "application \($0)" } ?? ""
        let place = application + (trace.rule.map { ", rule \($0)" } ?? "")
        let condition = trace.condition?.description ?? ""
        switch trace.reason {
        case .conditionMet: return "\(who) meets \"\(condition)\" (\(place))"
        case .conditionNotMet: return "\(who) meets no condition of \(place)"
        case .notSignedIn: return "\(place) wants somebody who is signed in"
        case .signedInTooLongAgo: return "\(who) meets \"\(condition)\", but \(place) wants a more recent sign-in"
        case .denied: return "\(place) denies everybody"
        case .noRule: return "no rule of \(application) is about this request"
        case .unknownHost: return "no application has this host"
        case .pinnedHost: return "the host is none of \(application)"
        case .unknownApplication: return "the configuration has no such application"
        case .ambiguousPath: return "two servers could read the path differently (\(application))"
        case .foreignOrigin: return "a WebSocket from a foreign origin (\(application))"
        case .preflight: return "a CORS preflight, which \(application) lets through"
        case .storeUnavailable: return "the session store gave no answer (\(place))"
        }
    }
}
