import GatehouseCore

/// People, groups and what they were granted, in memory.
struct MemoryPermissionRecords: PermissionRecords {
    struct Person: Sendable {
        var isActive = true
        var isSuperuser = false
        var groups: [String] = []
        var permissions: Set<PermissionName> = []
        var grants: Set<ObjectGrant> = []
    }

    struct Group: Sendable {
        var permissions: Set<PermissionName> = []
        var grants: Set<ObjectGrant> = []
    }

    /// By name, which is the id too.
    var people: [String: Person] = [:]
    var groups: [String: Group] = [:]
    /// Those that nobody was granted.
    var others: Set<PermissionName> = []

    static let backend: BackendName = "database"

    /// Whom a question about this name is about; `nil` is a stranger.
    func subject(_ name: String?) -> PermissionSubject {
        guard let name else { return .anonymous }
        let person = people[name] ?? Person(isActive: false)
        return .person(
            PermissionSubject.Person(
                user: UserReference(backend: Self.backend, id: UTF8Text(name)), name: UserName(name),
                isActive: person.isActive, isSuperuser: person.isSuperuser))
    }

    func permissions(of id: UTF8Text, on object: ObjectReference?) async throws(BackendError) -> HeldPermissions {
        people[id.string].map { held($0, on: object) } ?? .none
    }

    private func held(_ person: Person, on object: ObjectReference?) -> HeldPermissions {
        func on(_ object: ObjectReference, _ grants: Set<ObjectGrant>) -> [PermissionName] {
            grants.filter { $0.object == object }.map(\.permission)
        }
        let groups = person.groups.compactMap { self.groups[$0] }
        guard let object else {
            return HeldPermissions(own: person.permissions, ofGroups: Set(groups.flatMap(\.permissions)))
        }
        return HeldPermissions(
            own: Set(on(object, person.grants)), ofGroups: Set(groups.flatMap { on(object, $0.grants) }))
    }

    func everyPermission() async throws(BackendError) -> Set<PermissionName> {
        others.union(people.values.flatMap(\.permissions)).union(groups.values.flatMap(\.permissions))
    }

    func people(matching search: PermissionSearch) async throws(BackendError) -> Set<UserName> {
        let found = people.filter { _, person in
            guard search.isActive == nil || search.isActive == person.isActive else { return false }
            return person.isSuperuser && search.includesSuperusers
                || held(person, on: search.object).contains(search.permission)
        }
        return Set(found.keys.map { UserName($0) })
    }
}

/// Grants from a table by name, whoever it is and whatever the object.
struct StaticPermissions: PermissionSource {
    let name: BackendName
    let grants: [UserName: Set<PermissionName>]

    func permissions(
        of subject: PermissionSubject, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions {
        let name: UserName = if case .person(let person) = subject { person.name } else { "" }
        return HeldPermissions(own: grants[name] ?? [])
    }
}

/// Refuses some permissions and some whole applications to everybody.
struct RefusedPermissions: PermissionSource {
    let name: BackendName
    var permissions: Set<PermissionName> = []
    var modules: Set<UTF8Text> = []

    func permissions(
        of subject: PermissionSubject, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions { .none }

    func answer(
        _ question: PermissionQuestion, about subject: PermissionSubject
    ) async throws(BackendError) -> PermissionAnswer {
        switch question {
        case .permission(let permission, _): permissions.contains(permission) ? .refused : .notMine
        case .module(let module): modules.contains(module) ? .refused : .notMine
        }
    }
}

/// Can never find out.
struct SilentPermissions: PermissionSource {
    let name: BackendName = "silent"

    func permissions(
        of subject: PermissionSubject, on object: ObjectReference?
    ) async throws(BackendError) -> HeldPermissions { throw .unavailable(reason: "down") }
}
