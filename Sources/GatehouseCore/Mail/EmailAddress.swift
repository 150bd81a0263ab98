/// What an e-mail address of a person may be: the rule of Django's forms, as far as mails can be sent there.
///
/// Quoted local parts, addresses in brackets and comments are refused: they are somebody's slip far more often than anybody's address.
package enum EmailAddress {
    /// The most octets of an address (RFC 5321, 4.5.3.1.3), and of the part before the `@` (4.5.3.1.1).
    package static let maxLength = 254
    package static let maxLocalLength = 64

    /// What is wrong with a text as an address, in words; `nil` if it can be one.
    package static func problem(of text: String) -> String? {
        let scalars = Array(text.unicodeScalars)
        guard text.utf8.count <= maxLength else { return "is longer than \(maxLength) octets" }
        if scalars.contains(where: { $0.properties.isWhitespace || isControl($0) }) {
            return "holds a blank or a character that does not show"
        }
        let parts = scalars.split(separator: "@", omittingEmptySubsequences: false)
        guard parts.count == 2, let local = parts.first, let domain = parts.last, !local.isEmpty, !domain.isEmpty else {
            return "is no e-mail address; expected one like alice@example.com"
        }
        if let mark = local.first(where: { "\"(),:;<>[\\]".unicodeScalars.contains($0) }) {
            return "holds \(mark), which no mail server takes in front of the @"
        }
        if local.first == "." || local.last == "."
            || zip(local, local.dropFirst()).contains(where: { $0 == "." && $1 == "." })
        {
            return "has a dot in front of the @ that is not between two other characters"
        }
        var octets = 0
        for scalar in local { octets += UTF8.width(scalar) }
        guard octets <= maxLocalLength else { return "has more than \(maxLocalLength) octets in front of the @" }
        return isDomain(domain) ? nil : "has no domain behind the @; expected one like example.com"
    }

    /// Letters and digits of any language, hyphens inside labels; at least two labels, but for `localhost`.
    private static func isDomain(_ domain: ArraySlice<Unicode.Scalar>) -> Bool {
        if domain.elementsEqual("localhost".unicodeScalars) { return true }
        let labels = domain.split(separator: ".", omittingEmptySubsequences: false)
        guard labels.count >= 2, labels.allSatisfy(isLabel), let top = labels.last else { return false }
        // No domain ends with a number: that would be an IP address.
        return !top.allSatisfy { ("0"..."9").contains($0) }
    }

    private static func isLabel(_ label: ArraySlice<Unicode.Scalar>) -> Bool {
        guard (1...63).contains(label.count), label.first != "-", label.last != "-" else { return false }
        return label.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter, .decimalNumber,
                .nonspacingMark, .spacingMark:
                true
            default: scalar == "-"
            }
        }
    }

    private static func isControl(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .unassigned, .privateUse, .surrogate: true
        default: false
        }
    }
}
