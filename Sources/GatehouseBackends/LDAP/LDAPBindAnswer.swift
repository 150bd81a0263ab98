internal import GatehouseCore

/// What a directory says to a name and a password.
enum LDAPBindAnswer: Equatable, Sendable {
    case accepted
    /// Wrong, nobody, or one of many reasons that are not told.
    case wrong
    /// The password may be right, and something else is in the way.
    case barred(Reason)

    enum Reason: Equatable, Sendable {
        case newPassword, disabled, expired, restricted
        /// Said without a look at the password.
        case locked

        func account(passwordPage: Contact?) -> BarredAccount {
            switch self {
            case .newPassword: .newPassword(page: passwordPage)
            case .disabled: .disabled
            case .expired: .expired
            case .restricted: .restricted
            case .locked: .locked(isPasswordProven: false)
            }
        }
    }

    /// What an error of `draft-behera-ldap-password-policy` (section 6.2) says; -1 for none.
    ///
    /// A password that has to be changed is no refusal of the bind: the connection may do nothing else than change it.
    init?(policyError: Int, isSuccess: Bool) {
        switch (policyError, isSuccess) {
        case (2, _), (0, false): self = .barred(.newPassword)
        case (1, false): self = .barred(.locked)
        default: return nil
        }
    }

    /// What Active Directory says beside "invalid credentials": `… AcceptSecurityContext error, data 773, v4563`.
    ///
    /// The number is a Win32 error code in hexadecimal. All of these but 775 are told only to whoever knows the password.
    init(activeDirectory text: [UInt8]) {
        let mark = Array("AcceptSecurityContext error, data ".utf8)
        guard let start = text.indices.first(where: { text[$0...].starts(with: mark) }) else {
            self = .wrong
            return
        }
        let code = text[(start + mark.count)...].prefix { ASCII.isAlphanumeric($0) }
        switch String(decoding: code, as: UTF8.self) {
        case "530", "531": self = .barred(.restricted)
        case "532", "773": self = .barred(.newPassword)
        case "533": self = .barred(.disabled)
        case "701": self = .barred(.expired)
        case "775": self = .barred(.locked)
        default: self = .wrong
        }
    }

    /// Whether words beside "unwilling to perform" are about the person, as those of 389 Directory Server and eDirectory are.
    ///
    /// "Account inactivated. Contact system administrator.", "NDS error: log account expired (-220)". OpenLDAP says that of itself
    /// while it serves nobody.
    ///
    /// The words are the server's, whole: what they mean must not depend on the password that was tried.
    static func isAboutAccount(_ text: [UInt8]) -> Bool {
        let (text, word) = (text.map { ASCII.lowercased($0) }, Array("account".utf8))
        return text.indices.contains { text[$0...].starts(with: word) }
    }
}
