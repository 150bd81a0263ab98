/// An account as far as changing its password needs it.
package struct PasswordAccount: Equatable, Sendable {
    /// The primary key as text.
    package let id: UTF8Text
    package let name: UserName
    package let firstName: UTF8Text
    package let lastName: UTF8Text
    package let email: UTF8Text
    package let encodedPassword: String
    /// The last sign-in as the database writes it; empty if there was none.
    package let lastSignIn: UTF8Text
    package let isActive: Bool
    /// Whether a new password has to be chosen at the next sign-in.
    package let mustChange: Bool

    package init(
        id: UTF8Text, name: UserName, firstName: UTF8Text, lastName: UTF8Text, email: UTF8Text, encodedPassword: String,
        lastSignIn: UTF8Text, isActive: Bool, mustChange: Bool
    ) {
        self.id = id
        self.name = name
        self.firstName = firstName
        self.lastName = lastName
        self.email = email
        self.encodedPassword = encodedPassword
        self.lastSignIn = lastSignIn
        self.isActive = isActive
        self.mustChange = mustChange
    }

    /// Whether there is a password at all; Django writes `!` in front of what is none.
    package var hasPassword: Bool { !encodedPassword.isEmpty && encodedPassword.utf8.first != UInt8(ascii: "!") }

    /// Everything that ends a link for a new password when it changes, as octets to hash: the password, the last sign-in, the
    /// address that the link went to, and whether the account is active (as Django's tokens; auth/tokens.py).
    package var linkState: [UInt8] {
        var octets: [UInt8] = []
        for part in [id.bytes, Array(encodedPassword.utf8), lastSignIn.bytes, email.bytes, [isActive ? 1 : 0]] {
            let count = UInt64(part.count)
            octets += (0..<8).map { UInt8(truncatingIfNeeded: count >> (56 - 8 * UInt64($0))) }
            octets += part
        }
        return octets
    }
}
