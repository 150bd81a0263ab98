/// What names of people may be, what a typed one stands for, and when two of them are the same.
///
/// The rules are Django's, and a value that is handed to whoever looks names up, counts attempts under them or takes people over.
/// What Unicode says of characters (NFKC, case folding, marks) comes from outside: the standard library does not have it, and
/// nothing here calls a library in C.
package struct UserNameRules: Sendable {
    /// A form that Unicode defines, and whoever makes the rules has the tables for.
    package enum Form: Sendable {
        /// NFKC: what is stored.
        case compatible
        /// NFKC without the differences of letter case.
        case caseless
        /// NFKC without letter case, accents and characters that do not show.
        case bare
    }

    /// Why a name is none.
    package struct BadName: Error, Equatable, CustomStringConvertible {
        package let reason: String
        package var description: String { reason }

        package init(reason: String) { self.reason = reason }
    }

    /// The most characters of a name (Django's column).
    package static let maxLength = 150

    /// The names stand for themselves, as where octets are compared.
    package static let exact = UserNameRules { text, _ in text }

    private let map: @Sendable (String, Form) -> String?

    /// - Parameter map: brings a text into a form; `nil` for what cannot be brought into it.
    package init(map: @escaping @Sendable (String, Form) -> String?) { self.map = map }

    // MARK: - What a name stands for

    /// A name as it is stored: stripped and in NFKC.
    ///
    /// - Throws: `BadName` for an empty or too long name or a character that Django refuses: letters, digits and `@ . + - _` are
    ///   fine.
    package func normalized(_ text: String) throws(BadName) -> UserName {
        let text = UserNameRules.stripped(text)
        guard !text.utf8.contains(0) else { throw BadName(reason: "holds a NUL") }
        // Oversized text is not even normalised: that would cost more than it is worth.
        guard text.unicodeScalars.count <= UserNameRules.maxLength else { throw UserNameRules.tooLong }
        guard let name = map(text, .compatible), !name.isEmpty else { throw BadName(reason: "empty") }
        guard name.unicodeScalars.count <= UserNameRules.maxLength else { throw UserNameRules.tooLong }
        for scalar in name.unicodeScalars where !UserNameRules.isAllowed(scalar) {
            throw BadName(reason: "may hold letters, digits and @ . + - _ only")
        }
        return UserName(name)
    }

    /// A name as typed at the login page, stripped and in NFKC as Django's form does it; `nil` if it can be nobody's.
    package func typed(_ text: UTF8Text) -> UserName? {
        let text = UserNameRules.stripped(text.string)
        guard text.unicodeScalars.count <= UserNameRules.maxLength else { return nil }
        return map(text, .compatible).map { UserName($0) }
    }

    // MARK: - When two are the same

    /// The octets of a typed name in which it stands for nobody else; text that is no name stands for itself.
    package func distinct(_ text: UTF8Text) -> [UInt8] { typed(text)?.text.bytes ?? text.bytes }

    /// The form in which two names that differ only in case are equal.
    package func folded(_ name: UserName) -> [UInt8] {
        Array((map(name.description, .caseless) ?? name.description).utf8)
    }

    /// The form under which attempts are counted: names that some backend might take for the same one are one here.
    ///
    /// Letter case, accents, blanks and characters that do not show make no difference. Directories compare like that; where
    /// a backend does not, two people share a counter, which neither can clear. Text that is no name at all stands for itself.
    package func counted(_ text: UTF8Text) -> [UInt8] {
        guard let name = map(text.string, .bare) else { return text.bytes }
        let scalars = name.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .unassigned, .privateUse, .spaceSeparator, .lineSeparator, .paragraphSeparator:
                false
            default: !UserNameRules.isBlank(scalar)
            }
        }
        return Array(String(String.UnicodeScalarView(scalars)).utf8)
    }

    // MARK: - Characters

    private static let tooLong = BadName(reason: "longer than \(maxLength) characters")

    /// Python's `\w` and the five marks of Django's validator.
    private static func isAllowed(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar {
        case "@", ".", "+", "-", "_": return true
        default: break
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
            .letterNumber, .otherNumber:
            return true
        default: return false
        }
    }

    /// The text without blanks at both ends, as Python's `str.strip` sees them.
    package static func stripped(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// Unicode's white space, and the four separators of ASCII that only Python counts in.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }
}
