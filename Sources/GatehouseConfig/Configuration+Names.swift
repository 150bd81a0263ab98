package import GatehouseCore
internal import GatehouseOIDC

/// What comparing the configuration's names with the database's came to.
package struct NameFindings: Sendable {
    /// Names of which there is no such thing: an error for whoever is strict.
    package var unknown: [ConfigProblem] = []
    /// Names that the database does not have and that another backend may know; the suggestion is worth a look.
    package var doubtful: [ConfigProblem] = []
    /// What else another backend may know, as it was written.
    package var elsewhere: [String] = []
}

extension Configuration {
    /// The people whom the configuration names.
    package var mentionedUsers: Set<UserName> {
        Set(mentions.compactMap { if case .user(let name) = $0.name { name } else { nil } })
    }

    /// The places that name a group, a permission or a person, as the messages of `check` call them; patterns that stand for many
    /// names do not count.
    package func places(naming name: NameMention.Name) -> [String] {
        let text: [UInt8]? =
            switch name {
            case .group(let name): name.text.bytes
            case .permission(let name): name.text.bytes
            case .user, .groups, .permissions: nil
            }
        let isPermission = if case .permission = name { true } else { false }
        return mentions.filter { mention in
            switch mention.name {
            case .groups(let pattern): !isPermission && !pattern.isPrefix && pattern.bytes == text
            case .permissions(let pattern): isPermission && !pattern.isPrefix && pattern.bytes == text
            case .group, .permission, .user: mention.name == name
            }
        }.map { "\($0.place)" }
    }

    /// The backends whose people are not in the database: they know people and groups that nobody can ask them about.
    package var otherBackends: [BackendName] { others.map(\.name) }

    /// Backends and providers, each with what its groups mean here.
    private var others: [(name: BackendName, groups: GroupMapping)] {
        backends.filter(\.kind.knowsOwnPeople).map { ($0.name, $0.groups) }
            + providers.map { (BackendName($0.provider.name.text), $0.provider.accounts.groups) }
    }

    /// Compares every name that the configuration mentions with those of the database.
    package func findings(_ known: KnownNames) -> NameFindings {
        let mapped = Set(others.flatMap(\.groups.groups.values))
        let groups = known.groups.union(mapped)
        let permissions = known.permissions.union(self.permissions.declared.map(\.name))
        let mayHaveGroups = others.contains(where: \.groups.keepsOthers)
        var findings = NameFindings()
        for mention in mentions {
            switch mention.name {
            case .group(let name):
                let there = mention.isOfDatabase ? known.groups : groups
                guard !there.contains(name) else { continue }
                findings.add(
                    mention, "there is no group \(Shown.text(name.description)) in the database",
                    nearest(to: name, in: there), isElsewhere: mayHaveGroups && !mention.isOfDatabase)
            case .groups(let pattern):
                guard !groups.contains(where: { pattern.matches($0.text) }) else { continue }
                findings.add(
                    mention, missing("group", pattern), pattern.isPrefix ? nil : nearest(to: pattern.text, in: groups),
                    isElsewhere: mayHaveGroups)
            case .user(let name):
                guard !known.users.contains(name) else { continue }
                findings.add(
                    mention, "there is no user \(Shown.text(name.description)) in the database",
                    nearest(to: name, in: known.similarUsers), isElsewhere: !others.isEmpty)
            case .permission(let name):
                judge(name, mention, known: known, permissions: permissions, &findings)
            case .permissions(let pattern):
                guard !permissions.contains(where: { pattern.matches($0.text) }) else { continue }
                findings.add(
                    mention, missing("permission", pattern),
                    pattern.isPrefix ? nil : nearest(to: pattern.text, in: permissions))
            }
        }
        return findings
    }

    /// A permission that nobody has was perhaps only made because the rule named it: `gatehouse migrate` does that.
    private func judge(
        _ name: PermissionName, _ mention: NameMention, known: KnownNames, permissions: Set<PermissionName>,
        _ findings: inout NameFindings
    ) {
        guard permissions.contains(name) else {
            findings.add(
                mention, "there is no permission \(Shown.text(name.description)) in the database",
                nearest(to: name, in: permissions))
            return
        }
        let declared = self.permissions.declared.map(\.name)
        guard !known.granted.contains(name), !declared.contains(name) else { return }
        // Two of them that rules name are rather two permissions than a slip.
        let others = known.granted.union(declared).subtracting(policy.permissionNames)
        guard let meant = nearest(to: name, in: others), Spelling.isSlip(name.description, of: meant) else { return }
        findings.add(mention, "nobody has the permission \(Shown.text(name.description))", meant)
    }

    private func missing(_ kind: String, _ pattern: NamePattern) -> String {
        let text = Shown.text(String(decoding: pattern.bytes, as: UTF8.self))
        return pattern.isPrefix
            ? "no \(kind) in the database begins with \(text)" : "there is no \(kind) \(text) in the database"
    }

    private func nearest<Kind>(to name: Name<Kind>, in names: some Sequence<Name<Kind>>) -> String? {
        nearest(to: name.text, in: names)
    }

    private func nearest<Kind>(to name: UTF8Text, in names: some Sequence<Name<Kind>>) -> String? {
        // Sorted, so that of two names as near the same one is always suggested.
        Spelling.nearest(to: name.string, among: names.filter { $0.text != name }.sorted().map(\.description))
    }
}

extension NameFindings {
    fileprivate mutating func add(
        _ mention: NameMention, _ message: String, _ nearest: String?, isElsewhere: Bool = false
    ) {
        guard isElsewhere, nearest == nil else {
            let suggestion = nearest.map { "; did you mean \(Shown.text($0))?" } ?? ""
            let problem = mention.place.saying("\(mention.place.message): \(message)\(suggestion)")
            if isElsewhere { doubtful.append(problem) } else { unknown.append(problem) }
            return
        }
        if !elsewhere.contains(mention.place.message) { elsewhere.append(mention.place.message) }
    }
}

extension NamePattern {
    fileprivate var text: UTF8Text { UTF8Text(wellFormed: bytes) }
}

extension Policy {
    /// The permissions that some rule names.
    package var permissionNames: Set<PermissionName> {
        var names: Set<PermissionName> = []
        for rule in applications.flatMap(\.rules) {
            guard case .allow(let conditions) = rule.verdict else { continue }
            for case .permission(let name) in conditions.flatMap(\.parts).compactMap(NameMention.Name.init) {
                names.insert(name)
            }
        }
        return names
    }
}
