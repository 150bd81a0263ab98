/// Permissions of users and groups as Django's `ModelBackend` judges them, over the rows of any store.
///
/// Strangers and inactive people have none; an active superuser has every one, as a user and through groups alike. Permissions
/// on objects come from grants on them, as with django-guardian, where that is wanted.
package struct ModelPermissions<Records: PermissionRecords>: PermissionSource {
    package let name: BackendName
    private let records: Records
    private let objects: ObjectRule

    /// What a question about one object means.
    package enum ObjectRule: Hashable, Sendable {
        /// Nobody has permissions on objects: Django's own answer.
        case none
        /// Those granted on the object count, and with `globalImpliesObject` those on everything too.
        case grants(globalImpliesObject: Bool)
    }

    package init(name: BackendName = "database", records: Records, objects: ObjectRule = .none) {
        self.name = name
        self.records = records
        self.objects = objects
    }

    package func permissions(
        of subject: PermissionSubject, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions {
        guard case .person(let person) = subject, person.isActive, person.user.backend == name else { return .none }
        guard let object else { return try await permissionsEverywhere(of: person) }
        guard case .grants(let globalImpliesObject) = objects else { return .none }
        // A superuser's rows are every row there is: grants can add nothing.
        if person.isSuperuser { return try await permissionsEverywhere(of: person) }
        var held = try await records.permissions(of: person.user.id, on: object)
        if globalImpliesObject { held.formUnion(try await permissionsEverywhere(of: person)) }
        return held
    }

    private func permissionsEverywhere(
        of person: PermissionSubject.Person
    ) async throws(BackendError) -> HeldPermissions {
        guard person.isSuperuser else { return try await records.permissions(of: person.user.id, on: nil) }
        let every = try await records.everyPermission()
        return HeldPermissions(own: every, ofGroups: every)
    }

    package func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName> {
        guard search.object != nil else { return try await records.people(matching: search) }
        guard case .grants(let globalImpliesObject) = objects else { return [] }
        let people = try await records.people(matching: search)
        return globalImpliesObject ? people.union(try await records.people(matching: search.everywhere)) : people
    }
}

/// The rows that say who was granted what; a store only reads them, `ModelPermissions` judges.
package protocol PermissionRecords: Sendable {
    /// The rows of a user and of the user's groups, whatever the user is; none for an unknown one.
    ///
    /// With an object, only those granted on that very one.
    func permissions(of id: UTF8Text, on object: ObjectReference?) async throws(BackendError) -> HeldPermissions

    /// Every permission that exists.
    func everyPermission() async throws(BackendError) -> Set<PermissionName>

    /// Who was granted the permission on everything or, if the search names one, on the very object; as a user or through a
    /// group; and superusers as the search wants them.
    func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName>
}
