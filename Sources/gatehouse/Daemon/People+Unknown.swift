internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase

/// Names that a change would make if it were told to.
struct WantedNames {
    var groups: [GroupName] = []
    var grants: [Grant] = []
    var missing = MissingNames.areRefused

    /// Whether --create would have helped with one of these.
    fileprivate func canMake(any names: UnknownNames) -> Bool {
        guard case .areRefused = missing else { return false }
        return !Set(groups).isDisjoint(with: names.groups)
            || !Set(grants.map(\.permission)).isDisjoint(with: names.permissions)
    }
}

/// Names that are not there: what was probably meant, and how to make what was.
extension People {
    /// - Throws: `Failure.refused` if some of the groups or permissions do not exist and are not to be made.
    func requireKnown(_ wanted: WantedNames) async throws(Failure) {
        guard case .areRefused = wanted.missing else { return }
        let unknown = try await administer("") { try await $0.unknown(groups: wanted.groups, grants: wanted.grants) }
        if !unknown.isEmpty { throw await refusal(of: unknown, wanted) }
    }

    /// One line for each name, with the nearest that there is; the last one says how those are made that were `wanted`.
    func refusal(of names: UnknownNames, _ wanted: WantedNames = WantedNames()) async -> Failure {
        let known = try? await store.knownNames(asking: Set(names.users))
        var lines: [String] = []
        func add(_ kind: String, _ name: String, among others: [String]) {
            // Sorted, so that of two names as near the same one is always suggested.
            let nearest = Spelling.nearest(to: name, among: others.filter { $0 != name }.sorted())
            lines.append("there is no \(kind) \(shown(name))\(nearest.map { "; did you mean \(shown($0))?" } ?? "")")
        }
        for group in names.groups { add("group", group.description, among: known?.groups.map(\.description) ?? []) }
        for permission in names.permissions {
            add("permission", permission.description, among: known?.permissions.map(\.description) ?? [])
        }
        for user in names.users { add("user", user.description, among: known?.similarUsers.map(\.description) ?? []) }
        if wanted.canMake(any: names) {
            lines.append("Nothing was changed. If the spelling is right, say --create to make what is missing.")
        }
        return .refused(lines.joined(separator: "\n"))
    }
}

/// What a change says when the configuration goes on to name what is called otherwise now, or gone.
func warnOfMentions(_ name: NameMention.Name, _ called: String, in configuration: Configuration) {
    let places = configuration.places(naming: name)
    guard !places.isEmpty else { return }
    Terminal.complain("warning: the configuration still names \(shown(called)):")
    for place in places { Terminal.complain("  \(place)") }
}
