package import GatehouseCore

/// A row of `auth_user`, without the password.
package struct ListedUser: Equatable, Sendable {
    package let id: Int64
    package let name: UserName
    package let email: String
    package let firstName: String
    package let lastName: String
    package let isActive: Bool
    package let isStaff: Bool
    package let isSuperuser: Bool
    /// As RFC 3339 writes it; `nil` for somebody who never signed in.
    package let lastLogin: String?
    package let joined: String
    /// By name; only listings look them up.
    package internal(set) var groups: [GroupName] = []

    static let columns = """
        u.id, u.username, u.email, u.first_name, u.last_name, u.is_active, u.is_staff, u.is_superuser, u.last_login, \
        u.date_joined
        """

    init(_ row: SQLRow) {
        id = row.integer(0) ?? 0
        name = UserName(UTF8Text(wellFormed: Array(row.string(1).utf8)))
        email = row.string(2)
        firstName = row.string(3)
        lastName = row.string(4)
        isActive = row.flag(5)
        isStaff = row.flag(6)
        isSuperuser = row.flag(7)
        lastLogin = row.text(8).map { DjangoTime.rfc3339(String(decoding: $0, as: UTF8.self)) }
        joined = DjangoTime.rfc3339(row.string(9))
    }

    /// The primary key as sessions remember it.
    package var reference: UTF8Text { UTF8Text(String(id)) }
}

/// Everything about one person.
package struct UserDetails: Sendable {
    package let user: ListedUser
    /// Whether any password can match.
    package let hasUsablePassword: Bool
    package let groups: [GroupName]
    /// Granted to the person, not through a group.
    package let ownPermissions: [PermissionName]
    /// Own ones and those of the groups; for a superuser every one there is.
    package let permissions: [PermissionName]
    /// On single objects, own ones and those of the groups.
    package let objectGrants: [ObjectGrant]
    /// What the person is at providers.
    package let identities: [ExternalIdentity]
}

/// Which people a listing is about; `nil` is everybody.
package struct UserFilter: Sendable {
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    package var group: GroupName?
    /// What the name begins with.
    package var prefix: UTF8Text?

    package init() {}
}

/// What is to become of a person; `nil` leaves things as they are.
package struct UserChange: Sendable {
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    package var email: String?
    package var firstName: String?
    package var lastName: String?
    package var addedGroups: [GroupName] = []
    package var removedGroups: [GroupName] = []
    package var granted: [Grant] = []
    package var revoked: [Grant] = []
    package var missing = MissingNames.areMade

    package init() {}
}

/// What a change came to.
package struct ChangedUser: Sendable {
    /// The primary key.
    package let id: UTF8Text
    package let made: MadeAlongside
    /// What was to be revoked and had not been granted.
    package let notHeld: [Grant]
}
