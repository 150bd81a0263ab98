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
    /// Permissions on single objects, own ones and those of the groups, as far as rules ask for them; in ascending order.
    package let objectGrants: [ObjectGrant]
    /// Changes whenever the password does, and says nothing about it: sessions that began under another one have ended.
    ///
    /// `nil` where the backend keeps no password.
    package let credential: Octets16?
    /// The credential before this very sign-in made the same password's hash anew; its sessions go on.
    ///
    /// It is never stored.
    package let formerCredential: Octets16?
    /// What was typed to sign in, where whoever asks again has to know it; it is no part of who somebody is.
    package let typed: UTF8Text?

    package init(
        user: UserReference, name: UserName, displayName: UTF8Text = "", email: UTF8Text = "", isStaff: Bool = false,
        isSuperuser: Bool = false, groups: [GroupName] = [], permissions: [PermissionName] = [],
        objectGrants: [ObjectGrant] = [], credential: Octets16? = nil,
        formerCredential: Octets16? = nil, typed: UTF8Text? = nil
    ) {
        self.user = user
        self.name = name
        self.displayName = displayName
        self.email = email
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
        self.groups = Set(groups).sorted()
        self.permissions = Set(permissions).sorted()
        self.objectGrants = Set(objectGrants).sorted()
        self.credential = credential
        self.formerCredential = formerCredential
        self.typed = typed
    }

    package static func == (left: Identity, right: Identity) -> Bool {
        left === right
            || left.user == right.user && left.name == right.name && left.displayName == right.displayName
                && left.email == right.email && left.isStaff == right.isStaff && left.isSuperuser == right.isSuperuser
                && left.groups == right.groups && left.permissions == right.permissions
                && left.objectGrants == right.objectGrants && left.credential == right.credential
    }

    package func isMember(of group: GroupName) -> Bool { Identity.contains(groups, group) }

    /// Django's `has_perm` for an active user: a superuser has every permission.
    package func hasPermission(_ permission: PermissionName) -> Bool {
        isSuperuser || Identity.contains(permissions, permission)
    }

    /// Whether the permission was granted on this very object; a superuser has it on every one.
    package func hasPermission(_ permission: PermissionName, on object: ObjectReference) -> Bool {
        isSuperuser || Identity.contains(objectGrants, ObjectGrant(permission, on: object))
    }

    /// Whether the password that this was known with is still the one of a later answer.
    ///
    /// Where nothing was known of it, a backend may have begun to tell; one that can be asked about what was typed told before,
    /// and what it tells first is a change.
    package func keepsPassword(in later: Identity) -> Bool {
        guard let credential else { return typed == nil || later.credential == nil }
        return credential == later.credential || credential == later.formerCredential
    }

    /// The same person with a password of which nothing but a change is known.
    package func with(credential: Octets16?, former: Octets16? = nil) -> Identity {
        Identity(
            user: user, name: name, displayName: displayName, email: email, isStaff: isStaff, isSuperuser: isSuperuser,
            groups: groups, permissions: permissions, objectGrants: objectGrants, credential: credential,
            formerCredential: former, typed: typed)
    }

    /// Binary search: people with thousands of permissions exist.
    private static func contains<Element: Comparable>(_ sorted: [Element], _ wanted: Element) -> Bool {
        var range = sorted.indices
        while let middle = range.isEmpty ? nil : range.lowerBound + range.count / 2 {
            if sorted[middle] == wanted { return true }
            range = sorted[middle] < wanted ? (middle + 1)..<range.upperBound : range.lowerBound..<middle
        }
        return false
    }
}
