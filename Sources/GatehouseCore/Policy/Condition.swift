/// One way to pass a rule.
package enum Condition: Hashable, Sendable, CustomStringConvertible {
    /// With or without a session.
    case anyone
    case signedIn
    case user(UserName)
    case group(GroupName)
    /// Superusers meet every one of these.
    case permission(PermissionName)
    /// A permission on the object that the path names.
    case objectPermission(PermissionName, ObjectPattern)
    case staff
    case superuser
    /// Every one of these, of which none is such a list itself; an empty list is met by nobody.
    case all([Condition])

    /// Takes the configuration's spelling: `anyone`, `signed-in`, `user:NAME`, `group:NAME`, `permission:APP.CODENAME`,
    /// `permission:APP.CODENAME(KIND:ID)` with an id that may be a capture `{name}`, `staff`, `superuser`.
    package init?(_ text: String) {
        switch text {
        case "anyone": self = .anyone
        case "signed-in": self = .signedIn
        case "staff": self = .staff
        case "superuser": self = .superuser
        default:
            let bytes = Array(text.utf8)
            guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), colon + 1 < bytes.count else { return nil }
            let rest = Array(bytes[(colon + 1)...])
            let name = UTF8Text(wellFormed: rest)
            switch String(decoding: bytes[..<colon], as: UTF8.self) {
            case "user": self = .user(UserName(name))
            case "group": self = .group(GroupName(name))
            case "permission":
                guard let open = rest.firstIndex(of: UInt8(ascii: "(")) else {
                    guard Condition.isPermission(rest) else { return nil }
                    self = .permission(PermissionName(name))
                    return
                }
                guard rest.last == UInt8(ascii: ")"), Condition.isPermission(Array(rest[..<open])),
                    let object = ObjectPattern(Array(rest[(open + 1)...].dropLast()))
                else { return nil }
                self = .objectPermission(PermissionName(UTF8Text(wellFormed: Array(rest[..<open]))), object)
            default: return nil
            }
        }
    }

    private static func isPermission(_ bytes: [UInt8]) -> Bool {
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")) else { return false }
        return dot > 0 && dot + 1 < bytes.count
    }

    /// Whether a person meets the condition; `nil` is a stranger.
    ///
    /// `captures` are those of the pattern that matched; `globalImpliesObject` says whether a permission on everything is one
    /// on each object too.
    func isMet(by identity: Identity?, captures: [Capture], globalImpliesObject: Bool) -> Bool {
        if case .anyone = self { return true }
        guard let identity else { return false }
        switch self {
        case .anyone, .signedIn: return true
        case .user(let name): return identity.name == name
        case .group(let group): return identity.isMember(of: group)
        case .permission(let permission): return identity.hasPermission(permission)
        case .objectPermission(let permission, let pattern):
            if globalImpliesObject, identity.hasPermission(permission) { return true }
            guard let object = pattern.object(captures) else { return false }
            return identity.hasPermission(permission, on: object)
        case .staff: return identity.isStaff
        case .superuser: return identity.isSuperuser
        case .all(let parts):
            return !parts.isEmpty
                && parts.allSatisfy {
                    $0.isMet(by: identity, captures: captures, globalImpliesObject: globalImpliesObject)
                }
        }
    }

    /// What it consists of: itself, or the conditions that have to be met together.
    package var parts: [Condition] { if case .all(let parts) = self { parts.flatMap(\.parts) } else { [self] } }

    package var description: String {
        switch self {
        case .anyone: "anyone"
        case .signedIn: "signed-in"
        case .user(let name): "user:\(name)"
        case .group(let name): "group:\(name)"
        case .permission(let name): "permission:\(name)"
        case .objectPermission(let name, let object): "permission:\(name)(\(object))"
        case .staff: "staff"
        case .superuser: "superuser"
        case .all(let parts): parts.map(\.description).joined(separator: " and ")
        }
    }
}

/// The object of a condition: `report:{id}` with the segment that the path pattern captured, or a fixed `report:42`.
package struct ObjectPattern: Hashable, Sendable, CustomStringConvertible {
    package enum ID: Hashable, Sendable {
        case capture(UTF8Text)
        case literal(UTF8Text)
    }

    package let kind: UTF8Text
    package let id: ID

    /// `nil` for anything but a kind, a colon and an id.
    init?(_ bytes: [UInt8]) {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), ObjectReference.isKind(bytes[..<colon]) else {
            return nil
        }
        let rest = Array(bytes[(colon + 1)...])
        guard !rest.isEmpty else { return nil }
        kind = UTF8Text(wellFormed: Array(bytes[..<colon]))
        if rest.first == UInt8(ascii: "{"), rest.last == UInt8(ascii: "}"), rest.count > 2 {
            id = .capture(UTF8Text(wellFormed: Array(rest[1..<(rest.count - 1)])))
        } else {
            guard !rest.contains(where: { $0 == UInt8(ascii: "{") || $0 == UInt8(ascii: "}") }) else { return nil }
            id = .literal(UTF8Text(wellFormed: rest))
        }
    }

    /// The object that a request is about; `nil` without the capture: then nobody has a permission on it.
    func object(_ captures: [Capture]) -> ObjectReference? {
        switch id {
        case .literal(let id): ObjectReference(kind: kind, id: id)
        case .capture(let name):
            captures.first { $0.name == name }.map { ObjectReference(kind: kind, id: UTF8Text(wellFormed: $0.value)) }
        }
    }

    package var description: String {
        switch id {
        case .capture(let name): "\(kind):{\(name)}"
        case .literal(let id): "\(kind):\(id)"
        }
    }
}

/// A segment of the path that a pattern gave a name.
package struct Capture: Equatable, Sendable {
    package let name: UTF8Text
    /// Decoded, well-formed UTF-8.
    package let value: [UInt8]
}
