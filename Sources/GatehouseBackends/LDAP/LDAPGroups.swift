internal import GatehouseCore

/// Finds the groups that somebody is in; nothing is cut off in silence.
struct LDAPGroups {
    private let settings: LDAPSettings

    private static let maxGroups = 20_000
    /// How deep groups within groups are followed.
    private static let maxDepth = 10
    /// How many groups one search asks about.
    private static let askedTogether = 100
    private static let marks = ["{dn}", "{name}"]

    init(_ settings: LDAPSettings) { self.settings = settings }

    /// What has to be read of a person's entry.
    ///
    /// Active Directory lists the primary group nowhere: neither is the person among its
    /// members, nor is it in memberOf (MS-ADTS 3.1.1.4.5.2, MS-SAMR 3.1.1.8.1).
    var wanted: [String] {
        let primary = ["primaryGroupID", "objectSid"]
        return if case .memberOf = settings.groups { ["memberOf"] + primary } else { primary }
    }

    /// The names of all groups of the person of an entry.
    ///
    /// - Throws: `LDAPFailure` for what cannot be found out whole.
    func groups(
        of entry: LDAPEntry, named name: UTF8Text, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> [GroupName] {
        let primary = try primaryGroup(of: entry, connection)
        switch settings.groups {
        case .memberOf:
            let names = entry["memberOf"] + (primary.map { [$0.entry.name] } ?? [])
            guard names.count <= LDAPGroups.maxGroups else { throw LDAPGroups.tooMany }
            var groups: [GroupName] = []
            for name in names {
                guard let value = LDAPText.firstValue(of: name) else {
                    throw LDAPFailure(reason: "a value of memberOf is no name of an entry")
                }
                groups.append(try LDAPGroups.group(value))
            }
            return groups
        case .below(let base, let filter, let attribute, let isNested):
            // Active Directory tells of each group which ones it is in, and is slow to find them by their members.
            let place = Place(
                base: base, filter: filter, attribute: attribute,
                tellsParents: isNested && LDAPSecurityID(entry["objectSid"].first ?? []) != nil)
            let values: [(mark: StaticString, octets: [UInt8])] = [("{dn}", entry.name), ("{name}", name.bytes)]
            // The filter is for what is found here.
            var found = try place.groups(LDAPText.filter(filter, values), connection)
            var seen = Set(found.map { LDAPGroups.key($0.name) })
            func add(_ others: [LDAPEntry]) {
                for group in others where seen.insert(LDAPGroups.key(group.name)).inserted { found.append(group) }
            }
            if let primary { add(try place.groups(place.asked("(objectSid=\(primary.id))"), connection)) }
            if isNested {
                // The way to the others also leads through groups that the filter leaves out.
                let memberships = place.memberships
                var direct = found
                if !memberships.isEmpty, place.asksForMore {
                    direct += try place.groups(LDAPText.filter("(|\(memberships.joined()))", values), connection)
                }
                if let primary { direct.append(primary.entry) }
                add(try parents(of: direct, place, connection))
            }
            guard found.count <= LDAPGroups.maxGroups else { throw LDAPGroups.tooMany }
            var groups: [GroupName] = []
            for group in found {
                guard let value = group[attribute].first else {
                    throw LDAPFailure(reason: "a group has no \(attribute)")
                }
                groups.append(try LDAPGroups.group(value))
            }
            return groups
        }
    }

    // MARK: - Groups within groups

    /// Where groups are, and which of them count.
    private struct Place {
        let base: String
        let attribute: String
        /// What the filter asks of every group, whoever is in it.
        let ofEverybody: LDAPFilter
        /// The conditions of the filter that make somebody a member.
        let memberships: [String]
        /// Whether a group's entry says which groups it is in.
        let tellsParents: Bool

        init(base: String, filter: String, attribute: String, tellsParents: Bool) {
            self.base = base
            self.attribute = attribute
            self.tellsParents = tellsParents
            let parts = LDAPFilter(filter)
            ofEverybody = parts?.without(LDAPGroups.marks) ?? .always(true)
            memberships = parts?.conditions(with: LDAPGroups.marks) ?? []
        }

        /// Conditions for the groups that contain any of some groups, which are members as a person is: by their names as entries.
        func conditions(aroundAll level: [LDAPEntry]) -> [String] {
            let own = memberships.filter { LDAPFilter($0)?.conditions(with: ["{name}"]).isEmpty == true }
            guard tellsParents else {
                let membership = Set(own + ["(member={dn})", "(uniqueMember={dn})"]).sorted().joined()
                return level.map { LDAPText.filter(membership, [("{dn}", $0.name)]) }
            }
            var seen: Set<[UInt8]> = []
            let parents = level.flatMap { $0["memberOf"] }.filter { seen.insert(LDAPGroups.key($0)).inserted }
            // What is no member in the directory's own sense stands in no list; its groups have no unique ones.
            let others = own.filter { condition in
                !["(member", "(uniquemember"].contains { condition.lowercased().utf8.starts(with: $0.utf8) }
            }.joined()
            return parents.map { LDAPText.condition("distinguishedName", $0) }
                + (others.isEmpty ? [] : level.map { LDAPText.filter(others, [("{dn}", $0.name)]) })
        }

        /// Whether the filter asks for more than that somebody is a member.
        var asksForMore: Bool { ofEverybody != .always(true) }

        func asked(_ condition: String) -> String {
            asksForMore ? "(&\(ofEverybody.text)\(condition))" : condition
        }

        func groups(_ filter: String, _ connection: borrowing LDAPConnection) throws(LDAPFailure) -> [LDAPEntry] {
            let wanted = tellsParents ? [attribute, "memberOf"] : [attribute]
            return try connection.entries(below: base, matching: filter, wanted, limit: LDAPGroups.maxGroups)
        }
    }

    /// The groups that contain some groups and count, level by level; circles end by themselves.
    private func parents(
        of direct: [LDAPEntry], _ place: Place, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> [LDAPEntry] {
        var counting: [LDAPEntry] = []
        var seen: Set<[UInt8]> = []
        var level = direct.filter { seen.insert(LDAPGroups.key($0.name)).inserted }
        for _ in 0...LDAPGroups.maxDepth {
            let conditions = place.conditions(aroundAll: level)
            var next: [LDAPEntry] = []
            for start in stride(from: 0, to: conditions.count, by: LDAPGroups.askedTogether) {
                let end = min(start + LDAPGroups.askedTogether, conditions.count)
                let filter = "(|\(conditions[start..<end].joined()))"
                let found = try place.groups(filter, connection)
                // A group may be in here from the beginning, and count only by another group that is in it.
                counting +=
                    place.asksForMore && !found.isEmpty
                    ? try place.groups(place.asked(filter), connection) : found
                for group in found where seen.insert(LDAPGroups.key(group.name)).inserted { next.append(group) }
            }
            if next.isEmpty { return counting }
            guard seen.count <= LDAPGroups.maxGroups else { throw LDAPGroups.tooMany }
            level = next
        }
        throw LDAPFailure(reason: "groups are nested deeper than \(LDAPGroups.maxDepth) levels")
    }

    private static let tooMany = LDAPFailure(reason: "the person is in more than \(maxGroups) groups")

    static func key(_ name: [UInt8]) -> [UInt8] { name.map { ASCII.lowercased($0) } }

    private static func group(_ octets: [UInt8]) throws(LDAPFailure) -> GroupName {
        let limit = LDAPDirectory.maxTextLength
        guard octets.count <= limit, let text = UTF8Text(validating: octets), !text.isEmpty else {
            throw LDAPFailure(reason: "the name of a group is empty, no UTF-8, or longer than \(limit) octets")
        }
        return GroupName(text)
    }

    // MARK: - The primary group

    /// The group that stands in a person's entry by its number alone: its entry, and its id as a filter has it.
    private func primaryGroup(
        of entry: LDAPEntry, _ connection: borrowing LDAPConnection
    ) throws(LDAPFailure) -> (entry: LDAPEntry, id: String)? {
        guard let number = entry["primaryGroupID"].first.flatMap({ UInt32(String(decoding: $0, as: UTF8.self)) }),
            let person = entry["objectSid"].first, let sid = LDAPSecurityID(person)?.sibling(number)
        else { return nil }
        // The way to name an entry by its id (MS-ADTS 3.1.1.3.1.2.4).
        let found: [LDAPEntry]
        do throws(LDAPFailure) {
            found = try connection.entries(
                below: "<SID=\(sid)>", isEntry: true, matching: "(objectClass=*)", ["memberOf"], limit: 2)
        } catch {
            // Another directory that has the same attributes.
            guard error.isInvalidName else { throw error }
            return nil
        }
        let id = sid.octets.flatMap { LDAPText.hex($0) }
        return found.first.map { ($0, String(decoding: id, as: UTF8.self)) }
    }
}

/// Active Directory's id of somebody or something (MS-DTYP 2.4.2.2): the domain's, and a number within it.
struct LDAPSecurityID: Equatable, CustomStringConvertible {
    let octets: [UInt8]

    /// `nil` for octets of another shape.
    init?(_ octets: [UInt8]) {
        guard octets.count >= 12, octets[0] == 1, octets.count == 8 + 4 * Int(octets[1]) else { return nil }
        self.octets = octets
    }

    /// Another one of the same domain.
    func sibling(_ number: UInt32) -> LDAPSecurityID? {
        LDAPSecurityID(octets.dropLast(4) + (0..<4).map { UInt8(truncatingIfNeeded: number >> (8 * $0)) })
    }

    /// `S-1-5-21-…-513`.
    var description: String {
        let authority = octets[2..<8].reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let numbers = stride(from: 8, to: octets.count, by: 4).map { start in
            octets[start..<start + 4].reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        }
        return "S-1-\(authority)" + numbers.map { "-\($0)" }.joined()
    }
}
