/// One thing of an application, such as `report:42`; permissions can be granted on it alone.
package struct ObjectReference: Hashable, Comparable, Sendable, CustomStringConvertible {
    /// What it is, in the words of the application: letters, digits, `_`, `-` and `.`.
    package let kind: UTF8Text
    /// Which one; compared byte by byte.
    package let id: UTF8Text

    /// The most characters of a kind and of an id (the columns).
    package static let maxKindLength = 100
    package static let maxIDLength = 255

    package init(kind: UTF8Text, id: UTF8Text) {
        self.kind = kind
        self.id = id
    }

    /// Takes `kind:id`; `nil` for anything else.
    package init?(_ text: UTF8Text) {
        guard let colon = text.bytes.firstIndex(of: UInt8(ascii: ":")), colon + 1 < text.bytes.count,
            ObjectReference.isKind(text.bytes[..<colon]), !text.bytes.contains(0)
        else { return nil }
        kind = UTF8Text(wellFormed: Array(text.bytes[..<colon]))
        id = UTF8Text(wellFormed: Array(text.bytes[(colon + 1)...]))
        guard id.string.unicodeScalars.count <= ObjectReference.maxIDLength else { return nil }
    }

    package var description: String { "\(kind):\(id)" }

    package static func < (left: ObjectReference, right: ObjectReference) -> Bool {
        left.kind == right.kind ? left.id < right.id : left.kind < right.kind
    }

    /// Whether octets can name a kind.
    package static func isKind(_ bytes: some Collection<UInt8>) -> Bool {
        (1...maxKindLength).contains(bytes.count)
            && bytes.allSatisfy { ASCII.isAlphanumeric($0) || "_-.".utf8.contains($0) }
    }
}

/// A permission on one object.
package struct ObjectGrant: Hashable, Comparable, Sendable, CustomStringConvertible {
    package let permission: PermissionName
    package let object: ObjectReference

    package init(_ permission: PermissionName, on object: ObjectReference) {
        self.permission = permission
        self.object = object
    }

    /// Takes `app.codename(kind:id)`; `nil` for anything else.
    package init?(_ text: UTF8Text) {
        guard text.bytes.last == UInt8(ascii: ")"), let open = text.bytes.firstIndex(of: UInt8(ascii: "(")), open > 0,
            let object = ObjectReference(UTF8Text(wellFormed: Array(text.bytes[(open + 1)...].dropLast())))
        else { return nil }
        self.init(PermissionName(UTF8Text(wellFormed: Array(text.bytes[..<open]))), on: object)
    }

    package var description: String { "\(permission)(\(object))" }

    package static func < (left: ObjectGrant, right: ObjectGrant) -> Bool {
        left.permission == right.permission ? left.object < right.object : left.permission < right.permission
    }
}
