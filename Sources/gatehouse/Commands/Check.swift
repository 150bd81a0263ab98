internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore

/// `gatehouse check`: looks at the configuration and its expectations without starting anything.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration and its [[expect]] lines.",
        discussion:
            "Exit codes: 0 fine, 1 an expectation does not hold, 2 configuration, 3 no database for the expectations.")

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        _ = try configuration.passwords.rules.makePolicy()
        for warning in configuration.warnings { Terminal.complain("warning: \(warning)") }
        var failures: [String] = []
        if !configuration.expectations.isEmpty {
            let people = try await People.open(configuration)
            try await people.requireTables()
            for expectation in configuration.expectations {
                let decision = try await Check.decision(
                    expectation.request, expectation.user, configuration, people)
                guard decision.outcome != expectation.outcome else { continue }
                let place = "\(configuration.path):\(expectation.line ?? 0)"
                let who = expectation.user?.description ?? "a stranger"
                failures.append(
                    "\(place): \(expectation.url) for \(who) is to be \(expectation.outcome), "
                        + "but is \(decision.outcome) (\(decision.trace))")
            }
        }
        guard failures.isEmpty else { throw Failure.refused(failures.joined(separator: "\n")) }
        let count = configuration.expectations.count
        print(
            "The configuration is fine\(count == 0 ? "." : "; \(count) expectation\(count == 1 ? " holds" : "s hold").")"
        )
    }

    /// What the policy would say to a person at an address.
    static func decision(
        _ request: OriginalRequest, _ user: UserName?, _ configuration: Configuration, _ people: People
    ) async throws -> Decision {
        let policy = configuration.policy
        switch policy.match(request) {
        case .decided(let decision, _): return decision
        case .rule(let match):
            let identity = try await people.identity(named: user)
            let visitor = identity.map(Visitor.person) ?? .stranger
            // Whoever is asked about has just signed in.
            let now = WallClock.now()
            return policy.decide(match, visitor: visitor, signedInAt: now, now: now)
        }
    }
}
