package import GatehouseCore

/// The database did not do what was asked.
package enum DatabaseError: Error, Equatable, CustomStringConvertible {
    /// It cannot be opened or gave no answer in time: 503 for the visitor, exit 3 for the operator.
    case unavailable(reason: String)
    /// A statement failed: a missing table, a broken rule, a full disk.
    case failed(reason: String)
    /// The database does not let our role do it; the reason names what has to be granted, as far as that is known.
    case forbidden(reason: String)
    /// A row with this name exists already.
    case duplicate
    /// A name that Django would not take.
    case invalidName(reason: String)
    /// There is no such row.
    case notFound
    /// Names that were to be there already.
    case unknown(UnknownNames)

    package var description: String {
        switch self {
        case .unavailable(let reason), .failed(let reason), .forbidden(let reason), .invalidName(let reason): reason
        case .duplicate: "there is one of this name already"
        case .notFound: "there is none"
        case .unknown(let names): "there is no \(names)"
        }
    }
}

/// Names of which there is no such thing.
package struct UnknownNames: Equatable, Sendable, CustomStringConvertible {
    package var groups: [GroupName]
    package var permissions: [PermissionName]
    package var users: [UserName]

    package init(groups: [GroupName] = [], permissions: [PermissionName] = [], users: [UserName] = []) {
        self.groups = groups
        self.permissions = permissions
        self.users = users
    }

    package var isEmpty: Bool { groups.isEmpty && permissions.isEmpty && users.isEmpty }

    package var description: String {
        (groups.map { "group \($0)" } + permissions.map { "permission \($0)" } + users.map { "user \($0)" })
            .joined(separator: ", ")
    }
}

/// What becomes of groups and permissions that a change names and that do not exist.
package enum MissingNames: Sendable {
    case areMade
    /// `DatabaseError.unknown` with all of them, and nothing is changed.
    case areRefused
}
