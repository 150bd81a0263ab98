internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats

/// `gatehouse permission check`.
struct PermissionCheck: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Say whether a person has a permission, as Django's has_perm does.",
        discussion: """
            A permission is APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.

            Exit codes: 0 yes, 1 no, or no such person, 2 usage, 3 could not find out.
            """)

    @OptionGroup var arguments: PermissionArguments

    @Flag(name: .long, help: "Count a permission on everything for each object, as global_implies_object does.")
    var implied = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let people = try await People.open(try options.load())
        try await people.requireOwnTables()
        let (name, grant) = try await arguments.resolved { try await people.isSomebody($0) }
        let typed = try people.name(name)
        let user = try await people.administer(name) { try await $0.user(typed).user }
        let has = try await people.administer(name) { administration in
            let chain = PermissionChain([
                ModelPermissions(records: administration, objects: .grants(globalImpliesObject: implied))
            ])
            let subject = PermissionSubject.person(
                PermissionSubject.Person(
                    user: people.reference(id: user.reference), name: user.name, isActive: user.isActive,
                    isSuperuser: user.isSuperuser))
            return try await chain.hasPermission(grant.permission, of: subject, on: grant.object)
        }
        if output.json {
            let members: [(key: String, value: JSON)] = [
                ("user", .string(name)), ("permission", .string(grant.description)), ("has", .flag(has)),
            ]
            print(JSON.object(members).text)
        } else {
            let why = !user.isActive ? " (inactive)" : user.isSuperuser ? " (superuser)" : ""
            print(has ? "yes\(why)" : "no\(why)")
        }
        if !has { throw ExitCode(ExitStatus.refused) }
    }
}

/// `gatehouse who-can`.
struct WhoCan: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "who-can", abstract: "List who has a permission, as Django's with_perm does, and why.",
        discussion: "Exit codes: 0 somebody, 1 nobody, 2 usage, 3 could not find out.")

    @Argument(help: "The permission: APP.CODENAME, or APP.CODENAME(KIND:ID) for one object.")
    var permission: String

    @Flag(name: .long, inversion: .prefixedNo, help: "Whether superusers are listed, who have every permission.")
    var superusers = true

    @Flag(name: .long, help: "List inactive people too, whose permissions do not count.")
    var inactive = false

    @Flag(name: .long, help: "Count a permission on everything for each object, as global_implies_object does.")
    var implied = false

    @OptionGroup var output: OutputOptions
    @OptionGroup var options: ConfigurationOptions

    func run() async throws {
        let grant = try Grant.parsed(permission)
        do { _ = try PermissionSearch(grant.permission) } catch {
            throw Failure.usage("\(shown(permission)): a permission to search for has exactly one dot, as in Django")
        }
        let people = try await People.open(try options.load())
        try await people.requireOwnTables()
        var listing = Listing(ListedUser.headings + ["WHY"], isJSON: output.json)
        var count = 0
        let (superusers, inactive, implied) = (superusers, inactive, implied)
        try await people.administer(permission) { administration in
            try await administration.whoCan(
                grant, globalImpliesObject: implied, includesSuperusers: superusers, isActive: inactive ? nil : true
            ) { page in
                for holder in page {
                    let why = holder.ways.map(\.description).joined(separator: ", ")
                    listing.add(
                        holder.user.shown + [why], .object(holder.user.members + [("why", .strings(holder.ways))]))
                }
                count += page.count
            }
        }
        listing.end("Nobody.")
        guard count == 0 else { return }
        // An empty answer to a mistyped question would look like an answer.
        let unknown = try await people.administer(permission) { try await $0.unknown(groups: [], grants: [grant]) }
        if !unknown.isEmpty { throw await people.refusal(of: unknown) }
        throw ExitCode(ExitStatus.refused)
    }
}
