private import CUTF8Proc
internal import GatehouseCore
private import Glibc

/// An address as SMTP takes it: its domain in A-labels (RFC 5890), whatever letters it was written in.
package struct MailAddress: Equatable, Sendable {
    /// What stands before the `@`; beyond ASCII only a server with SMTPUTF8 (RFC 6531) takes it.
    package let local: String
    /// ASCII.
    package let domain: String

    package var text: String { "\(local)@\(domain)" }

    /// - Throws: `MailError.refused` for what is no address: nothing that somebody chose gets into a header or a command.
    package init(_ text: String) throws(MailError) {
        guard let parts = MailSender.parts(ofAddress: text) else {
            throw .refused(reason: "the address is none that mail can be sent to")
        }
        guard let domain = MailAddress.labels(parts.domain) else {
            throw .refused(
                reason: "the domain of the address cannot be written in A-labels; write it as DNS has it (xn--…)")
        }
        guard let local = MailAddress.composed(parts.local), local.unicodeScalars.allSatisfy(MailAddress.isVisible),
            local.utf8.count <= 64, local.utf8.count + domain.utf8.count < 254
        else {
            throw .refused(reason: "the address holds something invisible before the @, or is too long")
        }
        self.local = local
        self.domain = domain
    }

    // MARK: - The domain

    /// The name as DNS has it (RFC 5891 after the mapping of UTS 46, non-transitional); `nil` for what is none.
    static func labels(_ domain: String) -> String? {
        guard domain.utf8.contains(where: { $0 >= 0x80 }) else { return domain }
        // Joiners mean something only between certain letters: who has them writes the A-labels.
        guard !domain.unicodeScalars.contains(where: { $0.value == 0x200C || $0.value == 0x200D }),
            let mapped = mapped(domain)
        else { return nil }
        var labels: [String] = []
        for label in mapped.unicodeScalars.split(separator: ".", omittingEmptySubsequences: false) {
            let text = String(String.UnicodeScalarView(label))
            guard isLabel(label), let encoded = Punycode.label(text), !encoded.isEmpty, encoded.utf8.count <= 63 else {
                return nil
            }
            labels.append(encoded)
        }
        let whole = labels.joined(separator: ".")
        return whole.utf8.count <= 253 ? whole : nil
    }

    /// Folded and composed, with full stops of every script as dots.
    ///
    /// `ß` and `ς` are letters of their own in names of today.
    private static func mapped(_ domain: String) -> String? {
        var result = ""
        var piece = ""
        for scalar in domain.unicodeScalars {
            switch scalar {
            case "\u{3002}", "\u{FF0E}", "\u{FF61}": piece.unicodeScalars.append(".")
            case "ß", "ẞ", "ς":
                guard let text = folded(piece) else { return nil }
                result += text + (scalar == "ς" ? "ς" : "ß")
                piece = ""
            default: piece.unicodeScalars.append(scalar)
            }
        }
        guard let text = folded(piece) else { return nil }
        return result + text
    }

    /// Letters, marks, digits and hyphens, as RFC 5891, section 4.2.3, has them.
    private static func isLabel(_ label: Substring.UnicodeScalarView) -> Bool {
        guard let first = label.first, let last = label.last, first != "-", last != "-" else { return false }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark: return false
        default: break
        }
        return label.allSatisfy { scalar in
            switch scalar.properties.generalCategory {
            case .lowercaseLetter, .modifierLetter, .otherLetter, .nonspacingMark, .spacingMark, .decimalNumber: true
            default: scalar == "-"
            }
        }
    }

    // MARK: - Unicode

    /// Whether it can be seen and takes a place of its own, so that an address reads as it is.
    private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.properties.generalCategory {
        case .control, .format, .surrogate, .privateUse, .unassigned, .lineSeparator, .paragraphSeparator,
            .spaceSeparator:
            false
        default: true
        }
    }

    /// NFC, as RFC 6532, section 3.1, asks for.
    private static func composed(_ text: String) -> String? {
        mapped(text, UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)
    }

    /// NFKC with case folding, without what is ignored.
    private static func folded(_ text: String) -> String? {
        mapped(
            text,
            UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue | UTF8PROC_COMPAT.rawValue
                | UTF8PROC_CASEFOLD.rawValue | UTF8PROC_IGNORE.rawValue | UTF8PROC_REJECTNA.rawValue)
    }

    private static func mapped(_ text: String, _ options: UInt32) -> String? {
        guard !text.isEmpty else { return "" }
        let bytes = Array(text.utf8)
        var result: UnsafeMutablePointer<UInt8>?
        let count = unsafe bytes.withUnsafeBufferPointer {
            unsafe utf8proc_map($0.baseAddress, $0.count, &result, utf8proc_option_t(rawValue: options))
        }
        defer { unsafe free(result) }
        guard count >= 0, let start = unsafe result else { return nil }
        return unsafe String(validating: UnsafeBufferPointer(start: start, count: count), as: UTF8.self)
    }
}
