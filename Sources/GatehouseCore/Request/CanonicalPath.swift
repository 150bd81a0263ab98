/// A path that every server reads in the same way, percent-decoded once.
///
/// Grammar R-PATH. Whatever two servers could read differently is refused, never repaired: dot segments, `//`, encoded
/// slashes, control octets, double encoding, `;` parameters, backslashes, malformed UTF-8 and text whose first scalar of a
/// segment would join the slash before it. `|` and `^`, which browsers send as they are (WHATWG URL, path percent-encode
/// set), are what `%7C` and `%5E` are.
package struct CanonicalPath: Hashable, Sendable {
    /// The decoded path, which starts with a slash; every slash of it ends a segment and starts the next one.
    package let octets: [UInt8]

    /// The decoded segments after each slash.
    ///
    /// `/a/` is `["a", ""]`, `/` is `[""]`; only the last one can be empty.
    package var segments: [[UInt8]] {
        octets.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false).map(Array.init)
    }

    /// Takes the path part of a target; `nil` if it is ambiguous.
    package init?(parsing path: Span<UInt8>) {
        guard let decoded = CanonicalPath.decoded(path) else { return nil }
        octets = decoded.isEmpty ? path.array : decoded
    }

    /// The same for a path that is an array: one with nothing to decode is not copied.
    package init?(parsing path: [UInt8]) {
        guard let decoded = CanonicalPath.decoded(path.span) else { return nil }
        octets = decoded.isEmpty ? path : decoded
    }

    /// The path decoded, empty where there is nothing to decode; `nil` if it is ambiguous.
    private static func decoded(_ path: Span<UInt8>) -> [UInt8]? {
        guard !path.isEmpty, path[0] == UInt8(ascii: "/"), path.count <= RequestTarget.maxPathLength else { return nil }
        var decoded: [UInt8] = []
        var segment = Segment()
        var index = 1
        while index < path.count {
            var octet = path[index]
            if octet == UInt8(ascii: "/") {
                guard segment.length > 0, segment.isAcceptable(endOf: decoded) else { return nil }
                segment = Segment()
                index += 1
            } else if octet == UInt8(ascii: "%") {
                guard index + 2 < path.count, let value = Hexadecimal.octet(path[index + 1], path[index + 2]),
                    !isForbiddenDecoded(value)
                else { return nil }
                if decoded.isEmpty {
                    decoded.reserveCapacity(path.count)
                    for earlier in 0..<index { decoded.append(path[earlier]) }
                }
                octet = value
                segment.take(octet)
                index += 3
            } else {
                guard !isForbiddenRaw(octet) else { return nil }
                segment.take(octet)
                index += 1
            }
            // Once something had to be decoded, it is never empty again.
            if !decoded.isEmpty { decoded.append(octet) }
        }
        return segment.isAcceptable(endOf: decoded) ? decoded : nil
    }

    /// What has to be known of a segment when it ends.
    private struct Segment {
        private(set) var length = 0
        private var hasDotsOnly = true
        private var isASCII = true

        mutating func take(_ octet: UInt8) {
            length += 1
            if octet != UInt8(ascii: ".") { hasDotsOnly = false }
            if octet >= 0x80 { isASCII = false }
        }

        /// Whether it is neither a dot segment nor text that hides or joins its slash; it ends where `decoded` does, which has
        /// it if it is not ASCII: such octets come encoded only.
        func isAcceptable(endOf decoded: [UInt8]) -> Bool {
            if hasDotsOnly, length == 1 || length == 2 { return false }
            guard !isASCII else { return true }
            guard length <= decoded.count, let text = String(validating: decoded.suffix(length), as: UTF8.self) else {
                return false
            }
            for scalar in text.unicodeScalars where (0x80...0x9F).contains(scalar.value) { return false }
            guard let first = text.unicodeScalars.first else { return true }
            switch first.properties.generalCategory {
            case .nonspacingMark, .spacingMark, .enclosingMark, .format: return false
            default: return true
            }
        }
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
}
