/// Which person of which backend: stable while names change.
package struct UserReference: Hashable, Sendable {
    package let backend: BackendName
    /// The backend's own id as text; for the database the decimal primary key.
    package let id: UTF8Text

    package init(backend: BackendName, id: UTF8Text) {
        self.backend = backend
        self.id = id
    }
}

/// What is known about a person who signed in.
///
/// A class, though it never changes: each check passes it on, which costs one reference count and not one for each field.
package final class Identity: Equatable, Sendable {
    package let user: UserReference
    package let name: UserName
    /// First and last name, stripped; may be empty.
    package let displayName: UTF8Text
    package let email: UTF8Text
    package let isStaff: Bool
    package let isSuperuser: Bool
    /// In ascending byte order, without repetition.
    package let groups: [GroupName]
    /// Own permissions and those of the groups, in ascending byte order, without repetition.
    package let permissions: [PermissionName]

    package init(
        user: UserReference, name: UserName, displayName: UTF8Text = "", email: UTF8Text = "", isStaff: Bool = false,
        isSuperuser: Bool = false, groups: [GroupName] = [], permissions: [PermissionName] = []
    ) {
        self.user = user
        self.name = name
        self.displayName = displayName
        self.email = email
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
        self.groups = Set(groups).sorted()
        self.permissions = Set(permissions).sorted()
    }

    package static func == (left: Identity, right: Identity) -> Bool {
        left === right
            || left.user == right.user && left.name == right.name && left.displayName == right.displayName
                && left.email == right.email && left.isStaff == right.isStaff && left.isSuperuser == right.isSuperuser
                && left.groups == right.groups && left.permissions == right.permissions
    }

    package func isMember(of group: GroupName) -> Bool { Identity.contains(groups, group) }

    /// Django's `has_perm` for an active user: a superuser has every permission.
    package func hasPermission(_ permission: PermissionName) -> Bool {
        isSuperuser || Identity.contains(permissions, permission)
    }

    /// Binary search: people with thousands of permissions exist.
    private static func contains<Kind>(_ sorted: [Name<Kind>], _ name: Name<Kind>) -> Bool {
        var range = sorted.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if sorted[middle] == name { return true }
            range = sorted[middle] < name ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }
}
