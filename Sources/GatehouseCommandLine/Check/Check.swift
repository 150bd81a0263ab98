internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse check`: tries whether the daemon would work with the configuration, without starting anything.
struct Check: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Check the configuration, what it needs, and its [[expect]] lines.",
        discussion: """
            First the configuration alone: everything that is wrong with it is said at once. Then everything that the daemon \
            needs is tried, a line each, all at once and for at most some seconds: the session store with the rights of its user, the \
            database of people and its tables, the keys, files and folders, and the addresses to listen on. Nothing is left \
            behind anywhere. Run it as the user of the daemon: what root may do says nothing.

            Groups, permissions and people that the configuration names and that do not exist are named with a suggestion: \
            a warning, or with --strict an error.

            Exit codes: 0 the daemon would work, 1 an expectation does not hold, 2 configuration, 3 something that the \
            daemon needs is not there or not usable. With --offline: 3 no database for the expectations, or for the names \
            with --strict.
            """)

    @Flag(name: .long, help: "Names of groups, permissions and people that do not exist are errors.")
    var strict = false

    @Flag(
        name: .long,
        help: "Also ask the servers of [[backend]], [[provider]] and [mail]: directories, providers, the mail server.")
    var online = false

    @Flag(
        name: .long,
        help: "Try nothing that the daemon needs; only expectations and names are compared with the database.")
    var offline = false

    @OptionGroup var options: ConfigurationOptions

    func validate() throws {
        if online, offline { throw ValidationError("--online and --offline exclude each other") }
    }

    func run() async throws {
        let configuration = try options.load(
            standardKeys: try DataFolder(ConfigurationOptions.environment())?.missingKeys ?? [:])
        _ = try configuration.passwords.rules.makePolicy()
        for warning in configuration.warnings { Terminal.complain("warning: \(warning)") }
        let reports = offline ? [] : await PartTrials(configuration, isOnline: online).run()
        for report in reports { report.say() }
        let failed = reports.filter(\.hasFailed)
        var strangers: [String] = []
        var broken: [String] = []
        if let people = try await people(configuration, failed) {
            strangers = try await compareNames(configuration, people)
            for expectation in configuration.expectations {
                if let failure = try await Check.failure(expectation, configuration, people) { broken.append(failure) }
            }
            await people.close()
        }
        let lines = strangers + broken + Check.verdict(failed, of: reports)
        guard strangers.isEmpty else { throw Failure.usage(lines.joined(separator: "\n")) }
        guard broken.isEmpty else { throw Failure.refused(lines.joined(separator: "\n")) }
        guard failed.isEmpty else { throw Failure.unknown(lines.joined(separator: "\n")) }
        let count = configuration.expectations.count
        print(
            "The configuration is fine\(count == 0 ? "." : "; \(count) expectation\(count == 1 ? " holds" : "s hold").")"
        )
    }

    private static func verdict(_ failed: [PartReport], of reports: [PartReport]) -> [String] {
        if failed.isEmpty { return [] }
        let tried = reports.filter { if case .leftOut = $0.outcome { false } else { true } }
        return [
            "The configuration is fine, but \(failed.count) of \(tried.count) things that the daemon needs "
                + "\(failed.count == 1 ? "does" : "do") not work."
        ]
    }

    /// The database, where something in the configuration has to be compared with it; `nil` if it may be left out.
    ///
    /// - Throws: `Failure` where the expectations need it, and with `--strict` where names do.
    private func people(_ configuration: Configuration, _ failed: [PartReport]) async throws(Failure) -> People? {
        guard !configuration.expectations.isEmpty || !configuration.mentions.isEmpty else { return nil }
        // Said already, and not asked again.
        if failed.contains(where: { $0.part.utf8.starts(with: "database.".utf8) }) {
            Terminal.complain("note: without the database neither names nor expectations were compared")
            return nil
        }
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
        let known: KnownNames
        do { known = try await people.lookup.knownNames(asking: configuration.mentionedUsers) } catch {
            throw Failure(error)
        }
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
        let line = expectation.line.map { ":\($0)" } ?? ""
        let place = "\(configuration.path)\(line): expect"
        let decision: Decision
        do throws(Failure) {
            decision = try await self.decision(expectation, configuration, people)
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
        _ expectation: ExpectTable, _ configuration: Configuration, _ people: People
    ) async throws(Failure) -> Decision {
        let policy = configuration.policy
        switch policy.match(expectation.request, from: expectation.client) {
        case .decided(let decision, _): return decision
        case .rule(let match):
            let identity: Identity?
            do { identity = try await people.lookup.identity(named: expectation.user) } catch { throw Failure(error) }
            let visitor = identity.map(Visitor.person) ?? .stranger
            // Whoever is asked about has just signed in.
            let now = expectation.moment ?? WallClock.now()
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
        let people = try open(configuration)
        do { try await people.tables.require() } catch { throw Failure(error) }
        return people
    }
}
