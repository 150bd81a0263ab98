package import GatehouseCore

/// An e-mail address as a provider claims it.
///
/// Nothing is folded but the ASCII letters of the domain: whatever looks alike is another address.
package struct ExternalEmail: Hashable, Sendable {
    /// With the domain in lower case.
    package let text: UTF8Text
    package let domain: UTF8Text

    /// - Returns: `nil` for what can be no address: not exactly one `@` with something at both sides, longer than 254 octets, blanks,
    ///   controls.
    package init?(_ claim: UTF8Text) {
        let octets = claim.bytes
        guard octets.count <= EmailAddress.maxLength, ShownText.isShowable(claim),
            !claim.string.unicodeScalars.contains(where: \.properties.isWhitespace)
        else { return nil }
        let parts = octets.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
        let domain = parts[1].map(ASCII.lowercased)
        text = UTF8Text(wellFormed: parts[0] + [UInt8(ascii: "@")] + domain)
        self.domain = UTF8Text(wellFormed: domain)
    }
}

/// Which texts of a provider may be shown.
enum ShownText {
    /// Whether there is no NUL, line break or other control in it, and nothing that turns the direction of writing.
    static func isShowable(_ text: UTF8Text) -> Bool {
        text.string.unicodeScalars.allSatisfy { scalar in
            if scalar.properties.isBidiControl { return false }
            return switch scalar.properties.generalCategory {
            case .control, .lineSeparator, .paragraphSeparator: false
            default: true
            }
        }
    }
}
