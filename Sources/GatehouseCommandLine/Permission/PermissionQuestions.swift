internal import ArgumentParser
internal import GatehouseAssembly
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehouseFormats
private import GatehousePeople
internal import GatehouseTerminal

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
        let people = try People.open(try options.load())
        let reader = try await people.reader()
        let (name, grant) = try await arguments.resolved { try await people.lookup.isSomebody($0) }
        let holding = try await reader.holding(grant, by: name, globalImpliesObject: implied)
        let (user, has) = (holding.user, holding.isHeld)
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
        let reader = try await People.open(try options.load()).reader()
        var filter = PeopleReader.HolderFilter()
        (filter.globalImpliesObject, filter.includesSuperusers, filter.includesInactive) = (
            implied, superusers, inactive
        )
        var listing = Listing(ListedUser.headings + ["WHY"], isJSON: output.json)
        var count = 0
        try await reader.holders(grant, permission, filter) { page in
            for holder in page {
                let why = holder.ways.map(\.description).joined(separator: ", ")
                listing.add(
                    holder.user.shown + [why], .object(holder.user.members + [("why", .strings(holder.ways))]))
            }
            count += page.count
        }
        listing.end("Nobody.")
        guard count == 0 else { return }
        try await reader.requireKnown(grant, permission)
        throw ExitCode(ExitStatus.refused)
    }
}
