/// What the groups of people from elsewhere mean here.
package struct GroupMapping: Equatable, Sendable {
    /// A group there, and the group here that it stands for; only these bring the permissions that groups have here.
    package let groups: [GroupName: GroupName]
    /// Whether groups that are not mapped keep their names.
    package let keepsOthers: Bool
    /// Groups there whose members are staff, or may do everything.
    package let staff: Set<GroupName>
    package let superusers: Set<GroupName>
    /// When two names are one there.
    package let comparison: NameComparison
    private let localNames: [NameComparison.Key: GroupName]
    private let staffNames: Set<NameComparison.Key>
    private let superuserNames: Set<NameComparison.Key>
    /// What stands for a group here.
    private let taken: Set<NameComparison.Key>

    /// Without anything every group keeps its name and brings no permission.
    ///
    /// Of several names in `groups` that are one there, any may be taken.
    package init(
        groups: [GroupName: GroupName] = [:], keepsOthers: Bool = true, staff: Set<GroupName> = [],
        superusers: Set<GroupName> = [], comparison: NameComparison = .exact
    ) {
        self.groups = groups
        self.keepsOthers = keepsOthers
        self.staff = staff
        self.superusers = superusers
        self.comparison = comparison
        localNames = Dictionary(groups.map { (comparison.key($0.key), $0.value) }) { first, _ in first }
        staffNames = Set(staff.map(comparison.key))
        superuserNames = Set(superusers.map(comparison.key))
        taken = Set(groups.values.map(comparison.key))
    }

    /// The groups here that somebody is a member of by the mapping.
    ///
    /// A group that is not mapped is never one of them, whatever it is called: whoever makes groups elsewhere cannot give
    /// permissions here.
    package func mapped(_ names: [GroupName]) -> [GroupName] { names.compactMap { localNames[comparison.key($0)] } }

    /// A person with the groups and flags that they have here, and what those groups bring.
    package func applied(to person: Identity, bringing grants: GroupGrants) -> Identity {
        let keys = person.groups.map(comparison.key)
        // A name that stands for a group of ours only counts where the mapping gives it.
        let others = zip(person.groups, keys).filter { _, key in
            keepsOthers && localNames[key] == nil && !taken.contains(key)
        }
        return Identity(
            user: person.user, name: person.name, displayName: person.displayName, email: person.email,
            isStaff: person.isStaff || keys.contains(where: staffNames.contains),
            isSuperuser: person.isSuperuser || keys.contains(where: superuserNames.contains),
            groups: others.map(\.0) + mapped(person.groups), permissions: person.permissions + grants.permissions,
            objectGrants: person.objectGrants + grants.objectGrants, credential: person.credential,
            formerCredential: person.formerCredential, typed: person.typed)
    }

    /// All names there that the mapping knows, in order.
    package var names: [GroupName] { Set(groups.keys).union(staff).union(superusers).sorted() }

    /// Those of them that are among some groups.
    package func names(among groups: [GroupName]) -> Set<GroupName> {
        let keys = Set(groups.map(comparison.key))
        return Set(names.filter { keys.contains(comparison.key($0)) })
    }
}

/// When two names of groups are one, which those who keep the groups decide.
package enum NameComparison: Sendable {
    /// Octet by octet.
    case exact
    /// As directories compare names (RFC 4517, section 4.2.11; RFC 4518): without regard to case, to how a letter is composed,
    /// and to how many blanks there are.
    case caseIgnored

    /// What is equal for names that are one.
    package func key(_ name: GroupName) -> Key {
        switch self {
        case .exact: return Key(octets: name.text.bytes, text: "")
        case .caseIgnored:
            let words = name.text.string.lowercased().unicodeScalars.split { $0.properties.isWhitespace }
            return Key(octets: [], text: words.map { String($0) }.joined(separator: " "))
        }
    }

    /// A name in the form in which it is compared.
    package struct Key: Hashable, Sendable {
        fileprivate let octets: [UInt8]
        /// Strings are equal by how their letters look, and not by how they are composed.
        fileprivate let text: String
    }
}

/// What groups bring to their members.
package struct GroupGrants: Equatable, Sendable {
    package let permissions: [PermissionName]
    package let objectGrants: [ObjectGrant]

    package init(permissions: [PermissionName] = [], objectGrants: [ObjectGrant] = []) {
        self.permissions = permissions
        self.objectGrants = objectGrants
    }
}
