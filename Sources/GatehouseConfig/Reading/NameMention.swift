package import GatehouseCore

/// A name in the configuration of which only the database knows whether there is such a thing.
package struct NameMention: Sendable {
    package enum Name: Hashable, Sendable {
        case group(GroupName)
        case permission(PermissionName)
        case user(UserName)
        /// What an application's headers may carry: one group or permission, or all that begin in the same way.
        case groups(NamePattern)
        case permissions(NamePattern)
    }

    package let name: Name
    /// Whether it has to be a name of the database, whatever other backends know.
    package let isOfDatabase: Bool
    /// Where it stands, with what was written there as the message.
    let place: ConfigProblem
}

extension NameMention.Name {
    /// What a condition names; `nil` for one that names nothing, and for one of several parts.
    init?(_ condition: Condition) {
        switch condition {
        case .group(let name): self = .group(name)
        case .permission(let name), .objectPermission(let name, _): self = .permission(name)
        case .user(let name): self = .user(name)
        case .anyone, .signedIn, .staff, .superuser, .all: return nil
        }
    }
}

/// Blanks at the ends of names, which nobody sees and every comparison does.
enum OuterBlanks {
    /// Whether a text begins or ends with white space or with a character that does not show.
    static func isFound(in text: String) -> Bool {
        [text.unicodeScalars.first, text.unicodeScalars.last].contains { $0.map(isBlank) ?? false }
    }

    /// The text without them.
    static func removed(from text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }

    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || scalar.properties.generalCategory == .format
    }
}

extension ProblemLog {
    /// Reports a blank at an end of a name; `true` if there was one.
    ///
    /// `whole` is the value that the name is a part of, like `group: finance`, in which it is written without them.
    func refuseBlanks(_ name: String, in whole: Found<String>) -> Bool {
        guard OuterBlanks.isFound(in: name) else { return false }
        add(whole, "has a blank at an end of the name, which counts as a part of it: is \(whole.seen)")
        return true
    }

    /// The same for every name of a list.
    func refuseBlanks(_ names: [Found<String>]) {
        for name in names { _ = refuseBlanks(name.value, in: name) }
    }
}
