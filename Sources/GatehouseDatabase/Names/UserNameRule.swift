private import CUTF8Proc
package import GatehouseCore
private import Glibc

/// What names of people may be, and when two of them clash.
package enum UserNameRule {
    /// The most characters of a name (Django's column).
    package static let maxLength = 150

    /// A name as it is stored: stripped and in NFKC.
    ///
    /// - Throws: `DatabaseError.invalidName` for an empty or too long name or a character that Django refuses: letters,
    ///   digits and `@ . + - _` are fine.
    package static func normalized(_ text: String) throws(DatabaseError) -> UserName {
        let text = stripped(text)
        guard !text.utf8.contains(0) else { throw .invalidName(reason: "holds a NUL") }
        // Oversized text is not even normalised: that would cost more than it is worth.
        guard text.unicodeScalars.count <= maxLength else {
            throw .invalidName(reason: "longer than \(maxLength) characters")
        }
        guard let name = map(text), !name.isEmpty else { throw .invalidName(reason: "empty") }
        guard name.unicodeScalars.count <= maxLength else {
            throw .invalidName(reason: "longer than \(maxLength) characters")
        }
        for scalar in name.unicodeScalars where !isAllowed(scalar) {
            throw .invalidName(reason: "may hold letters, digits and @ . + - _ only")
        }
        return UserName(name)
    }

    /// A name as typed at the login page, stripped and in NFKC as Django's form does it; `nil` if it can be nobody's.
    package static func typed(_ text: UTF8Text) -> UserName? {
        let text = stripped(text.string)
        guard text.unicodeScalars.count <= maxLength else { return nil }
        return map(text).map { UserName($0) }
    }

    /// The form in which two names that differ only in case are equal.
    package static func folded(_ name: UserName) -> String {
        map(name.description, UTF8PROC_CASEFOLD.rawValue) ?? name.description
    }

    /// The form under which attempts are counted: names that some backend might take for the same one are one here.
    ///
    /// Letter case, accents, blanks and characters that do not show make no difference. Directories compare like that; where
    /// a backend does not, two people share a counter, which neither can clear. Text that is no name at all stands for itself.
    package static func counted(_ text: UTF8Text) -> [UInt8] {
        guard
            let name = map(
                text.string, UTF8PROC_STRIPMARK.rawValue | UTF8PROC_IGNORE.rawValue | UTF8PROC_CASEFOLD.rawValue)
        else { return text.bytes }
        let scalars = name.unicodeScalars.filter { scalar in
            switch scalar.properties.generalCategory {
            case .control, .format, .unassigned, .privateUse, .spaceSeparator, .lineSeparator, .paragraphSeparator:
                false
            default: !isBlank(scalar)
            }
        }
        return Array(String(String.UnicodeScalarView(scalars)).utf8)
    }

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
    static func stripped(_ text: String) -> String {
        var scalars = text.unicodeScalars[...]
        while let first = scalars.first, isBlank(first) { scalars.removeFirst() }
        while let last = scalars.last, isBlank(last) { scalars.removeLast() }
        return String(scalars)
    }

    /// Unicode's white space, and the four separators of ASCII that only Python counts in.
    private static func isBlank(_ scalar: Unicode.Scalar) -> Bool {
        scalar.properties.isWhitespace || (0x1C...0x1F).contains(scalar.value)
    }

    /// NFKC; `nil` for text that utf8proc refuses.
    private static func map(_ text: String, _ more: UInt32 = 0) -> String? {
        let bytes = Array(text.utf8)
        guard !bytes.contains(0) else { return nil }
        var result: UnsafeMutablePointer<UInt8>?
        let options = UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue | more
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe utf8proc_map($0.baseAddress, $0.count, &result, utf8proc_option_t(rawValue: options))
        }
        defer { unsafe free(result) }
        guard count >= 0, let start = unsafe result else { return nil }
        return unsafe String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
