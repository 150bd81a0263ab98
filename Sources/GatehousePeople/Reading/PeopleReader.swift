internal import GatehouseCore
package import GatehouseDatabase

/// Everything about people, groups and permissions of tables that are ours, and no way to change any of it.
package struct PeopleReader: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    // MARK: - Listings

    /// Lists people in the order in which they were made, a page at a time.
    ///
    /// - Throws: `PeopleError.refused` for a group that does not exist.
    package func users(_ filter: UserFilter, page: ([ListedUser]) -> Void) async throws(PeopleError) {
        try await people.ask(about: filter.group?.description ?? "") { try await $0.users(filter, page: page) }
    }

    /// Everything about one person.
    package func user(_ typed: String) async throws(PeopleError) -> UserDetails {
        let name = try people.name(typed)
        return try await people.ask(about: typed) { try await $0.user(name) }
    }

    /// All groups by name.
    package func groups() async throws(PeopleError) -> [ListedGroup] {
        try await people.ask(about: "") { try await $0.groups() }
    }

    /// Everything about one group.
    package func group(_ name: String) async throws(PeopleError) -> GroupDetails {
        let group = GroupName(name)
        return try await people.ask(about: name) { try await $0.group(group) }
    }

    /// The permissions that can be granted.
    package func permissions() async throws(PeopleError) -> [ListedPermission] {
        try await people.ask(about: "") { try await $0.permissions() }
    }

    // MARK: - Who may what

    /// Whether somebody has a permission, and of whom that was said.
    package struct Holding: Sendable {
        package let user: ListedUser
        package let isHeld: Bool
    }

    /// Whether a person has a permission, as Django's `has_perm` answers.
    ///
    /// - Parameters:
    ///   - grant: the permission, on everything or on one object.
    ///   - typed: the name of the person.
    ///   - globalImpliesObject: whether a permission on everything counts on the object, too.
    /// - Returns: the answer.
    /// - Throws: `PeopleError.refused` if there is nobody of this name.
    package func holding(
        _ grant: Grant, by typed: String, globalImpliesObject: Bool
    ) async throws(PeopleError) -> Holding {
        let user = try await user(typed).user
        let subject = PermissionSubject.person(
            PermissionSubject.Person(
                user: people.reference(id: user.reference), name: user.name, isActive: user.isActive,
                isSuperuser: user.isSuperuser))
        let isHeld = try await people.ask(about: typed) { administration in
            let chain = PermissionChain([
                ModelPermissions(
                    records: administration, objects: .grants(globalImpliesObject: globalImpliesObject))
            ])
            return try await chain.hasPermission(grant.permission, of: subject, on: grant.object)
        }
        return Holding(user: user, isHeld: isHeld)
    }

    /// Who counts for `holders`.
    package struct HolderFilter: Sendable {
        package var globalImpliesObject = false
        /// Whether those count who have every permission.
        package var includesSuperusers = true
        /// Whether those are listed whose permissions do not count.
        package var includesInactive = false

        package init() {}
    }

    /// Lists who has a permission, as Django's `with_perm` does, and by what.
    ///
    /// - Parameters:
    ///   - grant: the permission, on everything or on one object.
    ///   - typed: the same as it was typed.
    ///   - filter: who counts.
    ///   - page: takes each page.
    /// - Throws: `PeopleError`.
    package func holders(
        _ grant: Grant, _ typed: String, _ filter: HolderFilter, page: ([PermissionHolder]) -> Void
    ) async throws(PeopleError) {
        try await people.ask(about: typed) { administration in
            try await administration.whoCan(
                grant, globalImpliesObject: filter.globalImpliesObject,
                includesSuperusers: filter.includesSuperusers, isActive: filter.includesInactive ? nil : true,
                page: page)
        }
    }

    /// Makes sure that there is a permission: an empty answer to a mistyped question would look like an answer.
    ///
    /// - Throws: `PeopleError.refused` with those that there are.
    package func requireKnown(_ grant: Grant, _ typed: String) async throws(PeopleError) {
        let unknown = try await people.ask(about: typed) { try await $0.unknown(groups: [], grants: [grant]) }
        if !unknown.isEmpty { throw await people.refusal(of: unknown) }
    }
}

extension People {
    /// The handle for looking at people.
    ///
    /// - Throws: `PeopleError.unfit` where the tables are a site's own.
    package func reader() async throws(PeopleError) -> PeopleReader {
        try await tables.requireOwn()
        return PeopleReader(self)
    }
}
