/// A path that every server reads in the same way, percent-decoded once and cut into segments.
///
/// Grammar R-PATH. Whatever two servers could read differently is refused, never repaired: dot segments, `//`, encoded
/// slashes, control octets, double encoding, `;` parameters, backslashes, malformed UTF-8 and text whose first scalar of a
/// segment would join the slash before it. `|` and `^`, which browsers send as they are (WHATWG URL, path percent-encode
/// set), are what `%7C` and `%5E` are.
package struct CanonicalPath: Hashable, Sendable {
    /// The decoded segments after each slash.
    ///
    /// `/a/` is `["a", ""]`, `/` is `[""]`; only the last one can be empty.
    package let segments: [[UInt8]]

    /// Takes the path part of a target; `nil` if it is ambiguous.
    package init?(parsing path: Span<UInt8>) {
        guard !path.isEmpty, path[0] == UInt8(ascii: "/"), path.count <= RequestTarget.maxPathLength else { return nil }
        var segments: [[UInt8]] = []
        var segment: [UInt8] = []
        var isASCII = true
        var index = 1
        while index < path.count {
            var octet = path[index]
            if octet == UInt8(ascii: "/") {
                guard CanonicalPath.isAcceptable(segment, isASCII: isASCII), !segment.isEmpty else { return nil }
                segments.append(segment)
                segment = []
                isASCII = true
                index += 1
                continue
            }
            if octet == UInt8(ascii: "%") {
                guard index + 2 < path.count, let decoded = Hexadecimal.octet(path[index + 1], path[index + 2])
                else { return nil }
                octet = decoded
                guard !CanonicalPath.isForbiddenDecoded(octet) else { return nil }
                index += 3
            } else {
                guard !CanonicalPath.isForbiddenRaw(octet) else { return nil }
                index += 1
            }
            if octet >= 0x80 { isASCII = false }
            segment.append(octet)
        }
        guard CanonicalPath.isAcceptable(segment, isASCII: isASCII) else { return nil }
        segments.append(segment)
        self.segments = segments
    }

    private static func isForbiddenRaw(_ octet: UInt8) -> Bool {
        switch octet {
        case 0...0x20, 0x7F...0xFF: true
        case UInt8(ascii: "\\"), UInt8(ascii: "#"), UInt8(ascii: "\""), UInt8(ascii: "<"), UInt8(ascii: ">"),
            UInt8(ascii: "`"), UInt8(ascii: "{"), UInt8(ascii: "}"), UInt8(ascii: ";"), UInt8(ascii: "?"):
            true
        default: false
        }
    }

    private static func isForbiddenDecoded(_ octet: UInt8) -> Bool {
        switch octet {
        case 0..<0x20, 0x7F: true
        case UInt8(ascii: "/"), UInt8(ascii: "\\"), UInt8(ascii: "%"), UInt8(ascii: ";"), UInt8(ascii: "#"),
            UInt8(ascii: "?"):
            true
        default: false
        }
    }

    /// Whether a whole decoded segment is neither a dot segment nor text that hides or joins its slash.
    private static func isAcceptable(_ segment: [UInt8], isASCII: Bool) -> Bool {
        if segment.count <= 2, !segment.isEmpty, segment.allSatisfy({ $0 == UInt8(ascii: ".") }) { return false }
        guard !isASCII else { return true }
        guard let text = String(validating: segment, as: UTF8.self) else { return false }
        for scalar in text.unicodeScalars where (0x80...0x9F).contains(scalar.value) { return false }
        guard let first = text.unicodeScalars.first else { return true }
        switch first.properties.generalCategory {
        case .nonspacingMark, .spacingMark, .enclosingMark, .format: return false
        default: return true
        }
    }
}
