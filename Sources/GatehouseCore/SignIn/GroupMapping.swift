/// What the groups of people from elsewhere mean here.
package struct GroupMapping: Equatable, Sendable {
    /// A group there, and the group here that it stands for; only these bring the permissions that groups have here.
    package let groups: [GroupName: GroupName]
    /// Whether groups that are not mapped keep their names.
    package let keepsOthers: Bool
    /// Groups there whose members are staff, or may do everything.
    package let staff: Set<GroupName>
    package let superusers: Set<GroupName>

    /// Without anything every group keeps its name and brings no permission.
    package init(
        groups: [GroupName: GroupName] = [:], keepsOthers: Bool = true, staff: Set<GroupName> = [],
        superusers: Set<GroupName> = []
    ) {
        self.groups = groups
        self.keepsOthers = keepsOthers
        self.staff = staff
        self.superusers = superusers
    }

    /// The groups here that somebody is a member of by the mapping.
    ///
    /// A group that is not mapped is never one of them, whatever it is called: whoever makes groups elsewhere cannot give
    /// permissions here.
    package func mapped(_ names: [GroupName]) -> [GroupName] { names.compactMap { groups[$0] } }

    /// A person with the groups and flags that they have here, and what those groups bring.
    package func applied(to person: Identity, bringing grants: GroupGrants) -> Identity {
        let taken = Set(groups.values)
        // A name that stands for a group of ours only counts where the mapping gives it.
        let others = keepsOthers ? person.groups.filter { groups[$0] == nil && !taken.contains($0) } : []
        return Identity(
            user: person.user, name: person.name, displayName: person.displayName, email: person.email,
            isStaff: person.isStaff || person.groups.contains(where: staff.contains),
            isSuperuser: person.isSuperuser || person.groups.contains(where: superusers.contains),
            groups: others + mapped(person.groups), permissions: person.permissions + grants.permissions,
            objectGrants: person.objectGrants + grants.objectGrants, credential: person.credential,
            formerCredential: person.formerCredential)
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
