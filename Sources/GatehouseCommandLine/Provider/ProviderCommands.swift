internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
internal import GatehouseOIDC
internal import GatehouseTerminal

/// `gatehouse provider`.
struct ProviderCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "provider", abstract: "Third-party sign-in: which providers there are, and whether they work.",
        subcommands: [ProviderList.self, ProviderCheck.self])
}

/// `gatehouse provider list`.
struct ProviderList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List the providers of the configuration, in the order of their buttons.",
        discussion: """
            Nobody is asked: `gatehouse provider check` does that.

            Exit codes: 0 listed, 2 configuration.
            """)

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        var listing = Listing(["NAME", "TYPE", "TITLE", "ISSUER", "ALLOW", "ACCOUNTS"], isJSON: output.json)
        for provider in configuration.providers.map(\.provider) {
            let registration = configuration.registration(at: provider)
            listing.add(
                [
                    "\(provider.name)", provider.kind.rawValue, provider.title.string, provider.issuer,
                    provider.admission.summary, provider.accounts.mode.rawValue,
                ],
                .object(
                    [
                        ("name", .string("\(provider.name)")), ("type", .string(provider.kind.rawValue)),
                        ("title", .string(provider.title.string)), ("issuer", .string(provider.issuer)),
                        ("allow", .string(provider.admission.summary)),
                        ("accounts", .string(provider.accounts.mode.rawValue)),
                    ] + registration.members))
        }
        listing.end("There is no [[provider]] in the configuration.")
    }
}

/// `gatehouse provider check`.
struct ProviderCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Fetch what providers say of themselves, judge it, and print what to register there.",
        discussion: """
            Its metadata and its keys are fetched, as a sign-in would, and compared with the configuration. Its token endpoint \
            is then asked with a code that is none: what it complains about tells whether it knows the id and the secret. \
            With --offline nobody is asked. Whether the addresses are registered, only a sign-in can tell.

            Exit codes: 0 sign-ins should work, 1 something is wrong, 2 usage or configuration, 3 no answer, or none that is one.
            """)

    @Argument(help: "The provider's name; all of them without it.")
    var name: String?

    @Flag(name: .long, help: "Ask nobody; print only what to register.")
    var offline = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let chosen = try choose(configuration)
        let clients = offline ? [] : try configuration.makeProviders()
        var worst = ExitStatus.done
        var documents: [JSON] = []
        for provider in chosen {
            let registration = configuration.registration(at: provider)
            var report: ProviderReport?
            if let client = clients.first(where: { $0.provider.name == provider.name }) {
                report = await client.inspect(redirectURI: registration.redirect)
            }
            if let report { worst = max(worst, report.status) }
            if output.json {
                documents.append(ProviderCheck.document(provider, registration, report))
            } else {
                if provider.name != chosen.first?.name { print("") }
                ProviderCheck.say(provider, registration, report)
            }
        }
        if output.json { print(JSON.array(documents).text) }
        switch worst {
        case ExitStatus.done: return
        case ExitStatus.unknown: throw Failure.unknown("A provider gave no answer.")
        default: throw Failure.refused("Nobody can sign in like that.")
        }
    }

    private func choose(_ configuration: Configuration) throws(Failure) -> [Provider] {
        let providers = configuration.providers.map(\.provider)
        guard let name else {
            guard providers.isEmpty else { return providers }
            throw .usage(
                "There is no [[provider]] in \(configuration.path): deploy/docs/providers.md says how to write one.")
        }
        if let provider = providers.first(where: { $0.name.text == UTF8Text(name) }) { return [provider] }
        let names = providers.map { "\($0.name)" }
        let advice =
            Spelling.nearest(to: name, among: names).map { "did you mean \($0)?" }
            ?? (names.isEmpty ? "there is none" : "there are \(names.joined(separator: ", "))")
        throw .usage("\(shown(name)): there is no such [[provider]]; \(advice)")
    }

    private static func say(_ provider: Provider, _ registration: ProviderRegistration, _ report: ProviderReport?) {
        print("\(provider.name): \(shown(provider.title)), \(shown(provider.issuer))")
        print("  to register there")
        print("    redirect address     \(registration.redirect)")
        if !provider.facts.oddities.contains(.plainOAuth) {
            print("    after signing out    \(registration.afterSignOut)")
            print("    sign-out messages    \(registration.signOutMessages)")
        }
        print("    scopes               \(registration.scopes.joined(separator: " "))")
        guard let report else { return }
        if !report.facts.isEmpty { print("  what it says of itself") }
        let width = report.facts.map { $0.name.words.utf8.count }.max() ?? 0
        for fact in report.facts {
            let name = fact.name.words
            print("    \(name)\(String(repeating: " ", count: width - name.utf8.count))  \(shown(fact.value))")
        }
        for finding in report.findings {
            Terminal.complain(
                "\(finding.preventsSignIn ? "FAILS  " : "warning") \(provider.name): \(shown(finding.problem))")
            Terminal.complain("        \(shown(finding.remedy))")
        }
        if report.isGood { print("ok      \(provider.name): its answers are as a sign-in needs them") }
    }

    private static func document(
        _ provider: Provider, _ registration: ProviderRegistration, _ report: ProviderReport?
    ) -> JSON {
        var members: [(key: String, value: JSON)] =
            [("name", .string("\(provider.name)")), ("issuer", .string(provider.issuer))] + registration.members
        if let report {
            members.append(("good", .flag(report.isGood)))
            members.append(("facts", .object(report.facts.map { ($0.name.rawValue, .string($0.value)) })))
            let findings = report.findings.map { finding in
                JSON.object([
                    ("subject", .string(finding.subject.rawValue)), ("problem", .string(finding.problem)),
                    ("remedy", .string(finding.remedy)), ("prevents_sign_in", .flag(finding.preventsSignIn)),
                ])
            }
            members.append(("findings", .array(findings)))
        }
        return .object(members)
    }
}

extension ProviderRegistration {
    fileprivate var members: [(key: String, value: JSON)] {
        [
            ("redirect_uri", .string(redirect)), ("post_logout_redirect_uri", .string(afterSignOut)),
            ("backchannel_logout_uri", .string(signOutMessages)), ("scopes", .strings(scopes)),
        ]
    }
}

extension ProviderReport {
    /// What a look at it means for whoever asked.
    fileprivate var status: Int32 {
        if isGood { return ExitStatus.done }
        return findings.contains { $0.preventsSignIn && $0.subject != .network }
            ? ExitStatus.refused : ExitStatus.unknown
    }
}

extension Admission {
    /// Which lists there are, in a word each.
    fileprivate var summary: String {
        if isForEveryone { return "everyone" }
        let lists = [
            ("domains", domains.count), ("emails", emails.count), ("groups", groups.count),
            ("subjects", subjects.count), ("claims", claims.count),
        ]
        return lists.filter { $0.1 > 0 }.map { "\($0.0): \($0.1)" }.joined(separator: ", ")
    }
}

extension ProviderFact.Name {
    /// The camel case of the names, in words.
    fileprivate var words: String {
        rawValue.utf8.reduce(into: "") { words, octet in
            if ASCII.isUpper(octet) { words += " " }
            words += String(UnicodeScalar(ASCII.lowercased(octet)))
        }
    }
}
