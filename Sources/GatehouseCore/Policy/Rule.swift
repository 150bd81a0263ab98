/// A matcher and who may pass; the first rule that matches decides.
package struct Rule: Sendable {
    /// Any of these; empty: every path.
    package let paths: [PathPattern]
    /// Any of these, a rule for `GET` includes `HEAD`; empty: every method.
    package let methods: Set<Method>
    package let verdict: Verdict

    package enum Verdict: Equatable, Sendable {
        /// Nobody passes.
        case deny
        /// Whoever meets one of the conditions passes; an empty list lets nobody pass.
        case allow([Condition])
    }

    package init(paths: [PathPattern] = [], methods: Set<Method> = [], verdict: Verdict) {
        self.paths = paths
        self.methods = methods.contains(.get) ? methods.union([.head]) : methods
        self.verdict = verdict
    }

    /// Whether the rule is about a request; it never looks at people.
    ///
    /// `path` is the canonical path; `nil` only where no rule of the application looks at paths.
    func matches(method: Method, path: CanonicalPath?) -> Bool {
        guard methods.isEmpty || methods.contains(method) else { return false }
        guard !paths.isEmpty else { return true }
        guard let path else { return false }
        return paths.contains { $0.matches(path) }
    }
}

/// One way to pass a rule.
package enum Condition: Hashable, Sendable, CustomStringConvertible {
    /// With or without a session.
    case anyone
    case signedIn
    case user(UserName)
    case group(GroupName)
    /// Superusers meet every one of these.
    case permission(PermissionName)
    case staff
    case superuser

    /// Takes the configuration's spelling: `anyone`, `signed-in`, `user:NAME`, `group:NAME`, `permission:APP.CODENAME`,
    /// `staff`, `superuser`.
    package init?(_ text: String) {
        switch text {
        case "anyone": self = .anyone
        case "signed-in": self = .signedIn
        case "staff": self = .staff
        case "superuser": self = .superuser
        default:
            let bytes = Array(text.utf8)
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 1 < bytes.count,
                let name = UTF8Text(validating: Array(bytes[(colon + 1)...]))
            else { return nil }
            switch String(decoding: bytes[..<colon], as: UTF8.self) {
            case "user": self = .user(UserName(name))
            case "group": self = .group(GroupName(name))
            case "permission":
                guard let dot = name.bytes.firstIndex(of: UInt8(ascii: ".")), dot > 0, dot + 1 < name.bytes.count else {
                    return nil
                }
                self = .permission(PermissionName(name))
            default: return nil
            }
        }
    }

    /// Whether a person meets the condition; `nil` is a stranger.
    func isMet(by identity: Identity?) -> Bool {
        if case .anyone = self { return true }
        guard let identity else { return false }
        switch self {
        case .anyone, .signedIn: return true
        case .user(let name): return identity.name == name
        case .group(let group): return identity.isMember(of: group)
        case .permission(let permission): return identity.hasPermission(permission)
        case .staff: return identity.isStaff
        case .superuser: return identity.isSuperuser
        }
    }

    package var description: String {
        switch self {
        case .anyone: "anyone"
        case .signedIn: "signed-in"
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .permission(let name): "permission:\(name)"
        case .staff: "staff"
        case .superuser: "superuser"
        }
    }
}
