/// Why somebody does not come in whose password is right.
///
/// It is for them alone: whoever does not know the password hears what everybody hears who is wrong.
package enum BarredAccount: Equatable, Sendable {
    /// A new password is wanted first; it is chosen where the account is kept: on a page, if there is one.
    case newPassword(page: Contact?)
    /// An administrator switched the account off.
    case disabled
    /// The account was for a time that is over.
    case expired
    /// Not from here, or not at this time.
    case restricted
    /// For a while, or until somebody unlocks it.
    ///
    /// Directories that lock accounts say so whatever the password is: then it is only for browsers that the person used before.
    case locked(isPasswordProven: Bool)
    /// Somebody else, who signs in elsewhere, has the name: to applications the two would be one person.
    case nameTaken

    /// Whether the password was found to be right.
    package var isPasswordProven: Bool {
        if case .locked(let isPasswordProven) = self { isPasswordProven } else { true }
    }

    /// For the log.
    package var reason: String {
        switch self {
        case .newPassword: "new-password"
        case .disabled: "disabled"
        case .expired: "expired"
        case .restricted: "restricted"
        case .locked: "locked"
        case .nameTaken: "name-taken"
        }
    }
}
