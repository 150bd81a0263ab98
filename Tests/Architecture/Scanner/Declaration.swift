/// Something that a source declares, at any depth.
package struct Declaration: Equatable, Sendable {
    package enum Kind: Equatable, Sendable {
        /// A structure, class, actor, enumeration, protocol, macro or another name for one.
        case type
        case function
        /// A constant or variable: of a file or of a type, not of a function.
        case value
    }

    /// Where it stands.
    package enum Place: Equatable, Sendable {
        case file
        /// In an extension of the type of this name.
        case extending(String)
        /// In a type, or deeper.
        case nested
    }

    package let kind: Kind
    package let name: String
    package let place: Place
    /// Whether only its own file can see it.
    package let isPrivate: Bool
    package let line: Int

    /// The type whose extension holds it.
    package var extendedType: String? {
        if case .extending(let type) = place { type } else { nil }
    }
}

/// A function's or a type's extent in its file.
package struct Extent: Equatable, Sendable {
    package let name: String
    package let firstLine: Int
    package let lastLine: Int
    /// How many values an instance holds; none for a function.
    package let storedProperties: Int

    package var lines: Int { lastLine - firstLine + 1 }
}
