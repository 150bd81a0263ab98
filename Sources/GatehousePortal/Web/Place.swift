/// One of the portal's pages or files, by its path below the portal's address.
///
/// What others point to is named here. A page that nothing points to may name its place in its own file.
struct Place: Hashable, Sendable {
    let path: String

    init(_ path: String) { self.path = path }

    static let home = Place("/")
    static let signIn = Place("/login")
    static let signInPassword = Place("/login/password")
    static let onward = Place("/login/continue")
    static let signOut = Place("/logout")
    static let account = Place("/account")
    static let accountPassword = Place("/account/password")
    static let accountSessions = Place("/account/sessions")
    static let accountIdentities = Place("/account/identities")
    static let reset = Place("/reset")
    static let resetPassword = Place("/reset/password")
    static let setup = Place("/setup")
    static let denied = Place("/denied")
    static let failedCheck = Place("/unavailable")
    /// Where password managers look for the page that changes a password (W3C, "A Well-Known URL for Changing Passwords").
    static let changePassword = Place("/.well-known/change-password")
    static let favicon = Place("/favicon.ico")
    static func file(_ file: StaticFile) -> Place { Place(file.path) }
}
