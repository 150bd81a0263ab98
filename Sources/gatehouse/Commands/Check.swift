internal import ArgumentParser
internal import GatehouseConfig
internal import GatehouseCore

/// `gatehouse check`: looks at the configuration, its names and its expectations without starting anything.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, the names in it and its [[expect]] lines.",
        discussion: """
            With the database within reach, groups, permissions and people that the configuration names and that do not \
            exist are named with a suggestion: a warning, or with --strict an error. Without it, that is said and the rest \
            is checked.

            Exit codes: 0 fine, 1 an expectation does not hold, 2 configuration, 3 no database for the expectations, or for \
            the names with --strict.
            """)

    @Flag(name: .long, help: "Names of groups, permissions and people that do not exist are errors.")
    var strict = false

    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        _ = try configuration.passwords.rules.makePolicy()
        for warning in configuration.warnings { Terminal.complain("warning: \(warning)") }
        guard let people = try await people(configuration) else {
            print("The configuration is fine.")
            return
        }
        let strangers = try await compareNames(configuration, people)
        var failures: [String] = []
        for expectation in configuration.expectations {
            if let failure = try await Check.failure(expectation, configuration, people) { failures.append(failure) }
        }
        guard strangers.isEmpty else { throw Failure.usage((strangers + failures).joined(separator: "\n")) }
        guard failures.isEmpty else { throw Failure.refused(failures.joined(separator: "\n")) }
        let count = configuration.expectations.count
        print(
            "The configuration is fine\(count == 0 ? "." : "; \(count) expectation\(count == 1 ? " holds" : "s hold").")"
        )
    }

    /// The database, where something in the configuration has to be compared with it; `nil` if it may be left out.
    ///
    /// - Throws: `Failure` where the expectations need it, and with `--strict` where names do.
    private func people(_ configuration: Configuration) async throws(Failure) -> People? {
        guard !configuration.expectations.isEmpty || !configuration.mentions.isEmpty else { return nil }
        do throws(Failure) {
            return try await People.opening(configuration)
        } catch {
            guard configuration.expectations.isEmpty else { throw error }
            let message = "names of groups, permissions and people were not compared: \(error.message)"
            if strict { throw .unknown(message) }
            Terminal.complain("note: \(message)")
            return nil
        }
    }

    /// Says which names the database does not have.
    ///
    /// - Returns: what is an error, which is nothing without `--strict`.
    private func compareNames(_ configuration: Configuration, _ people: People) async throws(Failure) -> [String] {
        guard !configuration.mentions.isEmpty else { return [] }
        let known = try await people.knownNames(asking: configuration.mentionedUsers)
        let findings = configuration.findings(known)
        let warnings = findings.doubtful + (strict ? [] : findings.unknown)
        for warning in warnings { Terminal.complain("warning: \(warning)") }
        if !findings.elsewhere.isEmpty {
            let others = configuration.otherBackends.map(\.description).joined(separator: ", ")
            Terminal.complain(
                "note: not in the database, so only \(others) can know them: "
                    + findings.elsewhere.joined(separator: ", "))
        }
        return strict ? findings.unknown.map(\.description) : []
    }

    /// What to say of an expectation that does not hold; `nil` for one that does.
    private static func failure(
        _ expectation: ExpectTable, _ configuration: Configuration, _ people: People
    ) async throws(Failure) -> String? {
        let place = "\(configuration.path):\(expectation.line ?? 0): expect"
        let decision: Decision
        do throws(Failure) {
            decision = try await self.decision(expectation.request, expectation.user, configuration, people)
        } catch {
            guard error.code == ExitStatus.refused else { throw error }
            return
                "\(place): \(expectation.url): nothing can be expected of somebody who is not there: \(error.message)"
        }
        guard decision.outcome != expectation.outcome else { return nil }
        let who = expectation.user?.description ?? "a stranger"
        return "\(place): \(expectation.url) for \(who) is to be \(expectation.outcome), "
            + "but is \(decision.outcome) (\(decision.trace))"
    }

    /// What the policy would say to a person at an address.
    private static func decision(
        _ request: OriginalRequest, _ user: UserName?, _ configuration: Configuration, _ people: People
    ) async throws(Failure) -> Decision {
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

extension People {
    /// Opens a database that is there and has its tables, and makes nothing.
    ///
    /// - Throws: `Failure.usage` if there is none, `Failure.unknown` if it gives no answer.
    fileprivate static func opening(_ configuration: Configuration) async throws(Failure) -> People {
        if case .sqlite(let path) = configuration.database.location, !Files.exists(path) {
            throw .usage("database.url: \(path): there is no such file yet; run `gatehouse migrate`")
        }
        let people = try await open(configuration)
        try await people.requireTables()
        return people
    }
}
