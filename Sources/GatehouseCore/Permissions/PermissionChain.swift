/// The sources of permissions in their configured order, asked as Django asks its backends.
///
/// Where an active superuser is asked about, `hasPermission`, `hasPermissions` and `hasModulePermissions` say yes before any
/// source is asked. Otherwise the first source that grants or refuses settles it. The `…Permissions(of:)` are unions over all
/// sources in which neither a refusal nor being a superuser counts.
///
/// Every method throws `BackendError` if a source that was needed could not find out: answer "could not find out", never "no".
package struct PermissionChain: Sendable {
    private let sources: [any PermissionSource]

    package init(_ sources: [any PermissionSource]) { self.sources = sources }

    /// Django's `has_perm`.
    package func hasPermission(
        _ permission: PermissionName, of subject: PermissionSubject, on object: ObjectReference? = nil
    ) async throws(BackendError) -> Bool {
        try await isGranted(.permission(permission, on: object), to: subject)
    }

    /// Django's `has_perms`: all of them; no permission at all is held by everybody, strangers too.
    package func hasPermissions(
        _ permissions: [PermissionName], of subject: PermissionSubject, on object: ObjectReference? = nil
    ) async throws(BackendError) -> Bool {
        for permission in permissions {
            guard try await hasPermission(permission, of: subject, on: object) else { return false }
        }
        return true
    }

    /// Django's `has_module_perms`: whether there is any permission of the application `module`.
    package func hasModulePermissions(
        _ module: UTF8Text, of subject: PermissionSubject
    ) async throws(BackendError) -> Bool {
        try await isGranted(.module(module), to: subject)
    }

    /// Django's `get_all_permissions`, `get_user_permissions` (`own`) and `get_group_permissions` (`ofGroups`).
    package func permissions(
        of subject: PermissionSubject, on object: ObjectReference? = nil
    ) async throws(BackendError) -> HeldPermissions {
        var held = HeldPermissions.none
        for source in sources { held.formUnion(try await source.permissions(of: subject, on: object)) }
        return held
    }

    /// Django's `with_perm`: one source is asked, since no other knows what the first would refuse.
    ///
    /// - Parameters:
    ///   - search: whom to look for.
    ///   - source: which source to ask; may be left out if there is only one.
    /// - Returns: the names in ascending byte order.
    /// - Throws: `PermissionSearchError`: nobody knows then, which is not the same as nobody having it.
    package func people(
        matching search: PermissionSearch, from source: BackendName? = nil
    ) async throws(PermissionSearchError) -> [UserName] {
        let asked = source.map { name in sources.filter { $0.name == name } } ?? sources
        guard let first = asked.first else { throw .unknownSource }
        guard asked.count == 1 else { throw .severalSources }
        do { return try await first.people(matching: search).sorted() } catch { throw .failed(error) }
    }

    private func isGranted(
        _ question: PermissionQuestion, to subject: PermissionSubject
    ) async throws(BackendError) -> Bool {
        if subject.hasEveryPermission { return true }
        for source in sources {
            switch try await source.answer(question, about: subject) {
            case .granted: return true
            case .refused: return false
            case .notMine: continue
            }
        }
        return false
    }
}

/// Why nobody could be looked for.
package enum PermissionSearchError: Error, Equatable, CustomStringConvertible {
    /// There are several sources, and none was named: Django's `ValueError`.
    case severalSources
    case unknownSource
    /// The source could not find out.
    case failed(BackendError)

    package var description: String {
        switch self {
        case .severalSources: "there are several sources, and none was named"
        case .unknownSource: "there is no source of this name"
        case .failed(let error): error.description
        }
    }
}
