internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

/// `gatehouse user identities`: who people are at providers of third-party sign-in.
struct UserIdentities: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "identities", abstract: "List, link and unlink what people are at other providers.",
        discussion: """
            A person of a provider is an issuer and a subject, compared octet by octet. They are linked to an account, or they \
            have none and hold a name that nobody else gets.
            """,
        subcommands: [UserIdentitiesList.self, UserIdentitiesLink.self, UserIdentitiesUnlink.self])

    /// A person at a provider.
    struct Identity: ParsableArguments {
        @Option(name: .long, help: "The provider's issuer, exactly as its tokens say it: https://accounts.google.com.")
        var issuer: String

        @Option(name: .long, help: "The person's id there (sub), which is neither a name nor an address.")
        var subject: String
    }
}

/// `gatehouse user identities list`.
struct UserIdentitiesList: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "list", abstract: "List identities elsewhere: everybody's, or those of one person.",
        discussion: """
            E-mail and name are what the provider said last: nothing is decided by them.

            Exit codes: 0 listed, 1 no such person, 2 usage, 3 no database.
            """)

    @Argument(help: "The name of an account, or of somebody who has none.")
    var name: String?

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let configuration = try options.load()
        let identities = try await People.open(configuration).identities(
            configuration.sessionDoor, takesPasswords: configuration.portal.takesPasswords)
        var listing = Listing(
            ["NAME", "ACCOUNT", "PROVIDER", "ISSUER", "SUBJECT", "LAST USED", "E-MAIL"], isJSON: output.json)
        try await identities.list(name) { page in
            for identity in page { listing.add(identity.shown, .object(identity.members)) }
        }
        listing.end("Nobody.")
    }
}

/// `gatehouse user identities link`.
struct UserIdentitiesLink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "link", abstract: "Link somebody at a provider to an account.",
        discussion: """
            From the next sign-in on that person is in as the account, whatever name or address the provider tells. A link of \
            another account is never moved: unlink it there first.

            Exit codes: 0 linked, 1 refused, 2 usage, 3 no database, or linked but the session store gave no answer.
            """)

    @Argument(help: "The account's name.")
    var name: String

    @OptionGroup var identity: UserIdentities.Identity

    @Option(name: .long, help: "What the configuration calls the provider; only for listings, until the next sign-in.")
    var provider = ""

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let change = try await options.people().changeIdentities {
            try await $0.link(issuer: identity.issuer, subject: identity.subject, provider: provider, to: name)
        }
        output.report("\(shown(name)) can sign in at \(shown(identity.issuer)) now.", change)
    }
}

/// `gatehouse user identities unlink`.
struct UserIdentitiesUnlink: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "unlink", abstract: "Take a link away, or free the name of somebody without an account.",
        discussion: """
            Sessions that began there end, and groups that the provider's mapping gave are gone. The last way in stays: an \
            account without a password needs another one first.

            Exit codes: 0 unlinked, 1 refused, 2 usage, 3 no database, or unlinked but the session store gave no answer.
            """)

    @Argument(help: "The name of the account, or of somebody who has none.")
    var name: String

    @OptionGroup var identity: UserIdentities.Identity
    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let change = try await options.people().changeIdentities {
            try await $0.unlink(issuer: identity.issuer, subject: identity.subject, from: name)
        }
        output.report(
            "\(shown(name)) is not \(shown(identity.subject)) of \(shown(identity.issuer)) any more; "
                + "\(sessionCount(change.sessionsEnded)) ended.", change)
    }
}

extension IdentityAdministrator.Listed {
    fileprivate var shown: [String] {
        [
            name.description, hasAccount ? "yes" : "no", provider.isEmpty ? "-" : provider.string, issuer.string,
            subject.string, lastUsedAt.map { $0.rfc3339 } ?? "never", email.isEmpty ? "-" : email.string,
        ]
    }

    fileprivate var members: [(key: String, value: JSON)] {
        [
            ("name", .string(name.description)), ("account", .flag(hasAccount)), ("provider", .string(provider.string)),
            ("issuer", .string(issuer.string)), ("subject", .string(subject.string)),
            ("created", .string(createdAt.rfc3339)), ("last_used", .optional(lastUsedAt.map { $0.rfc3339 })),
            ("email", .string(email.string)), ("name_there", .string(nameThere.string)),
        ]
    }
}
