/// Whom a permission question is about: what Django's user objects tell its backends.
package enum PermissionSubject: Hashable, Sendable {
    /// Nobody signed in, Django's `AnonymousUser`: the sources are asked all the same.
    case anonymous
    case person(Person)

    /// Somebody with an account, active or not.
    package struct Person: Hashable, Sendable {
        package let user: UserReference
        package let name: UserName
        package let isActive: Bool
        package let isSuperuser: Bool

        package init(user: UserReference, name: UserName, isActive: Bool = true, isSuperuser: Bool = false) {
            self.user = user
            self.name = name
            self.isActive = isActive
            self.isSuperuser = isSuperuser
        }
    }

    /// Someone who is signed in, and therefore active.
    package init(_ identity: Identity) {
        self = .person(Person(user: identity.user, name: identity.name, isSuperuser: identity.isSuperuser))
    }

    /// Whether every permission is there without a source being asked.
    var hasEveryPermission: Bool {
        if case .person(let person) = self { person.isActive && person.isSuperuser } else { false }
    }
}
