/// Text that is compared, ordered and hashed byte by byte.
///
/// Swift's `String` compares by canonical equivalence, so two names that a database holds apart can be "equal";
/// names of people, groups and permissions are therefore kept as their UTF-8 bytes. A `String` is made for display only.
package struct UTF8Text: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    /// Well-formed UTF-8; any length, also none.
    package let bytes: [UInt8]

    /// Takes the UTF-8 form of a string as it is, without normalisation.
    package init(_ string: String) { bytes = Array(string.utf8) }

    /// Takes bytes that come from outside; `nil` if they are not well-formed UTF-8.
    package init?(validating bytes: [UInt8]) {
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        self.bytes = bytes
    }

    /// Takes bytes that were well-formed when they were sealed: no second look.
    package init(wellFormed bytes: [UInt8]) { self.bytes = bytes }

    package init(stringLiteral value: StaticString) { bytes = Array(value.description.utf8) }

    /// For display only: never compare it.
    package var string: String { String(decoding: bytes, as: UTF8.self) }
    package var description: String { string }
    package var isEmpty: Bool { bytes.isEmpty }

    package static func < (left: UTF8Text, right: UTF8Text) -> Bool {
        left.bytes.lexicographicallyPrecedes(right.bytes)
    }
}

/// A name of one kind of thing, so that a group's name can never stand where a user's is expected.
package struct Name<Kind>: Hashable, Comparable, Sendable, ExpressibleByStringLiteral, CustomStringConvertible {
    package let text: UTF8Text

    package init(_ text: UTF8Text) { self.text = text }
    package init(_ string: String) { text = UTF8Text(string) }
    package init(stringLiteral value: StaticString) { text = UTF8Text(stringLiteral: value) }

    package var description: String { text.string }
    package static func < (left: Name, right: Name) -> Bool { left.text < right.text }
}

/// The kinds of `Name`.
package enum NameKind {
    package enum User: Sendable {}
    package enum Group: Sendable {}
    package enum Permission: Sendable {}
    package enum Backend: Sendable {}
    package enum Application: Sendable {}
}

package typealias UserName = Name<NameKind.User>
package typealias GroupName = Name<NameKind.Group>
/// A permission in Django's spelling, `app_label.codename`.
package typealias PermissionName = Name<NameKind.Permission>
package typealias BackendName = Name<NameKind.Backend>
package typealias ApplicationName = Name<NameKind.Application>
