internal import GatehouseCore

/// What an entry says about the account beside the password: whether somebody who knows it may come in, and when it was changed.
///
/// A directory whose server looks at passwords by itself says no to a sign-in; this is for everything after it, and for servers
/// that look at nothing. Which attributes there are follows the kind of directory: all are asked for, and those that a kind does
/// not have are passed over (RFC 4511, section 4.5.1.8).
struct AccountState {
    private let entry: LDAPEntry

    init(_ entry: LDAPEntry) { self.entry = entry }

    static let attributes = activeDirectory + passwordPolicy + others

    /// MS-ADTS 3.1.1.4.5.17 and the attributes that it reads; the last one is of AD LDS.
    private static let activeDirectory = [
        "userAccountControl", "msDS-User-Account-Control-Computed", "accountExpires", "lockoutTime", "pwdLastSet",
        "msDS-UserAccountDisabled",
    ]
    /// `draft-behera-ldap-password-policy`, as slapo-ppolicy(5) keeps it.
    private static let passwordPolicy = [
        "pwdAccountLockedTime", "pwdReset", "pwdChangedTime", "pwdStartTime", "pwdEndTime",
    ]
    /// 389 Directory Server, FreeIPA, and accounts of Unix (shadow(5)).
    private static let others = ["nsAccountLock", "krbPrincipalExpiration", "krbLastPwdChange", "shadowExpire"]

    // MARK: - Whether somebody may come in

    /// Why nobody comes in with this account, by whatever password; `nil` if nothing is in the way.
    ///
    /// Fails for a value that is none of its attribute: nobody guesses what it means.
    func bar(at now: Timestamp, passwordPage: Contact?) throws(LDAPFailure) -> BarredAccount? {
        let control = try number("userAccountControl") ?? 0
        let computed = try number("msDS-User-Account-Control-Computed")
        if control & UserAccountControl.disabled != 0 || isTrue("msDS-UserAccountDisabled") || isTrue("nsAccountLock") {
            return .disabled
        }
        if try isOver(at: now) { return .expired }
        if let computed {
            // Knows how long the domain locks accounts, and which passwords never become too old.
            if computed & UserAccountControl.locked != 0 { return .locked(isPasswordProven: true) }
            if computed & UserAccountControl.passwordExpired != 0 { return .newPassword(page: passwordPage) }
        } else {
            if try number("lockoutTime") ?? 0 > 0 { return .locked(isPasswordProven: true) }
            if try number("pwdLastSet") == 0, control & UserAccountControl.keepsPassword == 0 {
                return .newPassword(page: passwordPage)
            }
        }
        if !entry["pwdAccountLockedTime"].isEmpty { return .locked(isPasswordProven: true) }
        return isTrue("pwdReset") ? .newPassword(page: passwordPage) : nil
    }

    /// Bits of `userAccountControl` (MS-ADTS 2.2.16) and of what is computed beside it.
    private enum UserAccountControl {
        static let disabled: Int64 = 0x2
        static let locked: Int64 = 0x10
        /// A password that never becomes too old, and a smartcard in its place.
        static let keepsPassword: Int64 = 0x1_0000 | 0x4_0000
        static let passwordExpired: Int64 = 0x80_0000
    }

    /// Whether the account's time is over, or has not begun.
    private func isOver(at now: Timestamp) throws(LDAPFailure) -> Bool {
        if let end = try number("accountExpires"), end != 0, end != Int64.max, AccountTime.fileTime(now) >= end {
            return true
        }
        // -1 is never.
        if let day = try number("shadowExpire"), day >= 0, now.milliseconds / AccountTime.dayMilliseconds >= day {
            return true
        }
        for attribute in ["pwdEndTime", "krbPrincipalExpiration"] {
            if let end = try time(attribute), end <= now { return true }
        }
        if let start = try time("pwdStartTime"), now < start { return true }
        return false
    }

    // MARK: - Whether the password is another one

    /// Changes whenever the password does; `nil` where the directory never said.
    ///
    /// It is the time of the last change. `known` is what was known of the same person before: of several servers one may be
    /// behind the others, and what it says of an earlier time is no change. Neither is what it does not say: not everybody who
    /// looks may see it.
    func credential(after known: Octets16? = nil) throws(LDAPFailure) -> Octets16? {
        for (kind, attribute) in AccountState.changes.enumerated() {
            let moment =
                attribute == "pwdLastSet" ? try number(attribute) : try time(attribute).map(\.milliseconds)
            guard let moment else { continue }
            let found = Octets16(high: UInt64(kind + 1), low: UInt64(max(moment, 0)))
            // Without a time it was taken back by an administrator.
            if let known, known.high == found.high, found.low > 0, found.low < known.low { return known }
            return found
        }
        return known
    }

    /// When the password was changed last, in the words of several kinds of directories.
    private static let changes = ["pwdLastSet", "pwdChangedTime", "krbLastPwdChange"]

    // MARK: - Values

    private func isTrue(_ attribute: String) -> Bool {
        guard let octets = entry[attribute].first else { return false }
        return octets.span.equalsIgnoringCase("true")
    }

    private func number(_ attribute: String) throws(LDAPFailure) -> Int64? {
        guard let octets = entry[attribute].first else { return nil }
        guard let number = Int64(String(decoding: octets, as: UTF8.self)) else { throw senseless(attribute) }
        return number
    }

    private func time(_ attribute: String) throws(LDAPFailure) -> Timestamp? {
        guard let octets = entry[attribute].first else { return nil }
        guard let time = AccountTime.generalized(octets) else { throw senseless(attribute) }
        return time
    }

    private func senseless(_ attribute: String) -> LDAPFailure {
        LDAPFailure(
            reason: "the person's \(attribute) says nothing that can be understood: mend it, or set "
                + "account_state = false to pass over what the directory says about accounts")
    }
}
