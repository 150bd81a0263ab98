/// The path and query of an original request, as octets, split but not yet judged.
package struct RequestTarget: Hashable, Sendable {
    /// Starts with `/`; at most `maxPathLength` octets, none of them below 0x21 or 0x7F.
    package let path: [UInt8]
    /// Without the `?`; `nil` if there was none.
    package let query: [UInt8]?

    package static let maxPathLength = 4_096

    /// Takes a target in origin form (RFC 9112, section 3.2.1); `nil` if it is none.
    ///
    /// A `#` ends nothing here: it stays in the path, where `CanonicalPath` refuses it.
    package init?(parsing text: Span<UInt8>) {
        guard !text.isEmpty, text[0] == UInt8(ascii: "/") else { return nil }
        var question = text.count
        for index in text.indices {
            let octet = text[index]
            guard octet > 0x20, octet != 0x7F else { return nil }
            if octet == UInt8(ascii: "?"), question == text.count { question = index }
        }
        guard question <= RequestTarget.maxPathLength else { return nil }
        path = text.extracting(0..<question).array
        query = question < text.count ? text.extracting((question + 1)..<text.count).array : nil
    }
}
