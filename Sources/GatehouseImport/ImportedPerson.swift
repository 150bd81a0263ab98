package import GatehouseCore

// Wide: one property per thing that a file may say about somebody.
/// A person as a file describes them.
///
/// What is `nil` the file does not say: a new person gets Django's default, an existing one keeps what they have.
package struct ImportedPerson: Equatable, Sendable {
    /// The line, or in a database the row, that a message names; counted from 1.
    package let line: Int
    /// As the file spells it, until `ImportRoll` has brought it into the form that is stored.
    package var name: UserName
    /// `nil` for people who cannot sign in with a password; never shown.
    package var encodedPassword: String?
    package var email: String?
    package var firstName: String?
    package var lastName: String?
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    /// All groups of the person; an existing one leaves the others.
    package var groups: [GroupName]?
    /// All permissions given to the person directly; an existing one loses the others.
    package var permissions: [PermissionName]?
    /// Secrets of one-time passwords; none says nothing.
    package var factors: [PendingFactor]
    /// How many more there are that cannot be used; they are left out.
    package var unusableFactors: Int

    package init(
        line: Int, name: UserName, encodedPassword: String? = nil, email: String? = nil, firstName: String? = nil,
        lastName: String? = nil, isActive: Bool? = nil, isStaff: Bool? = nil, isSuperuser: Bool? = nil,
        groups: [GroupName]? = nil, permissions: [PermissionName]? = nil,
        factors: [PendingFactor] = [], unusableFactors: Int = 0
    ) {
        self.line = line
        self.name = name
        self.encodedPassword = encodedPassword
        self.email = email
        self.firstName = firstName
        self.lastName = lastName
        self.isActive = isActive
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
        self.groups = groups
        self.permissions = permissions
        self.factors = factors
        self.unusableFactors = unusableFactors
    }
}

/// Why one line cannot be imported.
package struct ImportProblem: Equatable, Sendable {
    package let line: Int
    /// What is wrong and, where it helps, what to do; never a password or a hash.
    package let reason: String

    package init(line: Int, reason: String) {
        self.line = line
        self.reason = reason
    }
}

/// What stands at one place of a file.
package enum ImportRecord: Equatable, Sendable {
    case person(ImportedPerson)
    /// The line is bad; the ones behind it can still be read.
    case problem(ImportProblem)
}

/// An import that cannot go on.
package enum ImportError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened or read: exit 2.
    case unreadable(reason: String)
    /// What follows this line cannot be understood, so that not even the bad lines could be left out: exit 1.
    case malformed(line: Int, reason: String)
    /// The database gave no answer: exit 3; nothing was written.
    case unavailable(reason: String)
    /// The database would not take the people, e.g. since somebody else made one meanwhile: exit 1; nothing was written.
    case refused(reason: String)

    package var description: String {
        switch self {
        case .unreadable(let reason), .unavailable(let reason), .refused(let reason): reason
        case .malformed(let line, let reason): "line \(line): \(reason)"
        }
    }
}
