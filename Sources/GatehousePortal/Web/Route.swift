/// Which of the portal's places a path is.
enum Route: Equatable, Sendable {
    case home
    case signIn
    case signOut
    case signInPassword
    case onward
    case account
    case accountPassword
    case accountSessions
    case reset
    case resetPassword
    case setup
    case denied
    case failedCheck
    /// Where password managers look for the page that changes a password (W3C, "A Well-Known URL for Changing Passwords").
    case changePassword
    case favicon
    case file(StaticFile)

    /// - Parameters:
    ///   - path: with or without the portal's prefix: some proxies cut it off, some do not.
    ///   - prefix: the path of the portal's URL.
    init?(path: [UInt8], prefix: String) {
        var path = path[...]
        let prefix = Array(prefix.utf8)
        if !prefix.isEmpty, path.starts(with: prefix) {
            let rest = path.dropFirst(prefix.count)
            if rest.isEmpty || rest.first == UInt8(ascii: "/") { path = rest }
        }
        func isPath(_ text: String) -> Bool { path.elementsEqual(text.utf8) }
        if path.isEmpty || isPath("/") {
            self = .home
        } else if isPath("/login") {
            self = .signIn
        } else if isPath("/logout") {
            self = .signOut
        } else if isPath("/account") {
            self = .account
        } else if isPath("/login/password") {
            self = .signInPassword
        } else if isPath("/login/continue") {
            self = .onward
        } else if isPath("/account/password") {
            self = .accountPassword
        } else if isPath("/account/sessions") {
            self = .accountSessions
        } else if isPath("/reset") {
            self = .reset
        } else if isPath("/reset/password") {
            self = .resetPassword
        } else if isPath("/setup") {
            self = .setup
        } else if isPath("/denied") {
            self = .denied
        } else if isPath("/unavailable") {
            self = .failedCheck
        } else if isPath("/.well-known/change-password") {
            self = .changePassword
        } else if isPath("/favicon.ico") {
            self = .favicon
        } else if let file = StaticFile.all.first(where: { isPath($0.path) }) {
            self = .file(file)
        } else {
            return nil
        }
    }

    /// The methods that the place takes; `nil`: every method.
    var methods: StaticString? {
        switch self {
        case .home, .account, .onward, .file, .changePassword, .favicon: "GET, HEAD"
        case .signIn, .signInPassword, .signOut, .accountPassword, .reset, .resetPassword, .setup: "GET, HEAD, POST"
        case .accountSessions: "POST"
        case .denied, .failedCheck: nil
        }
    }

    func takes(_ verb: PortalRequest.Verb) -> Bool {
        switch verb {
        case .get, .head: self != .accountSessions
        case .post:
            switch self {
            case .home, .account, .onward, .file, .changePassword, .favicon: false
            case .signIn, .signInPassword, .signOut, .accountPassword, .accountSessions, .reset, .resetPassword, .setup,
                .denied, .failedCheck:
                true
            }
        case .other: self == .denied || self == .failedCheck
        }
    }
}
