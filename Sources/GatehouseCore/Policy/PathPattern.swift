/// Which paths a rule is about: `/admin/**`, `/x`, `/reports/*/edit`, `/reports/{id}`.
///
/// Patterns are written decoded and compared with decoded segments, case-sensitively. `*` and `{name}` stand for one segment
/// that is not empty; `/**`, only at the end, for everything below and the place itself with or without a slash.
package struct PathPattern: Hashable, Sendable, CustomStringConvertible {
    package enum Segment: Hashable, Sendable {
        case literal([UInt8])
        case any
        case capture(UTF8Text)
    }

    package let segments: [Segment]
    /// Whether the pattern ends in `/**`.
    package let coversBelow: Bool
    package let description: String

    /// Why a text is no pattern, in words for the operator.
    package struct Invalid: Error, Equatable {
        package let reason: String
    }

    package init(_ text: String) throws(Invalid) {
        guard text.utf8.first == UInt8(ascii: "/") else { throw Invalid(reason: "must start with /") }
        var segments: [Segment] = []
        let parts = text.utf8.dropFirst().split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        let coversBelow = parts.last.map { $0.elementsEqual("**".utf8) } ?? false
        for (index, part) in parts.dropLast(coversBelow ? 1 : 0).enumerated() {
            let isLast = index == parts.count - 1
            segments.append(try PathPattern.segment(Array(part), isLast: isLast))
        }
        let names = segments.compactMap { if case .capture(let name) = $0 { name } else { nil } }
        guard Set(names).count == names.count else { throw Invalid(reason: "has two captures of the same name") }
        self.segments = segments
        self.coversBelow = coversBelow
        description = text
    }

    private static func segment(_ bytes: [UInt8], isLast: Bool) throws(Invalid) -> Segment {
        guard !bytes.isEmpty || isLast else {
            throw Invalid(reason: "has an empty segment (//), which no request may have")
        }
        if bytes == Array("*".utf8) { return .any }
        if bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}"), bytes.count > 2 {
            let name = bytes[1..<(bytes.count - 1)]
            guard name.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }),
                let text = UTF8Text(validating: Array(name))
            else { throw Invalid(reason: "has a capture that is not named by letters, digits and _") }
            return .capture(text)
        }
        guard !bytes.contains(UInt8(ascii: "*")) else {
            throw Invalid(reason: "has a * inside a segment; * stands for one whole segment, /** ends a pattern")
        }
        guard !bytes.contains(where: { "{}%\\;?#".utf8.contains($0) || $0 < 0x20 || $0 == 0x7F }) else {
            throw Invalid(reason: "has one of { } % \\ ; ? # or a control character; write the path decoded")
        }
        guard bytes != Array(".".utf8), bytes != Array("..".utf8) else { throw Invalid(reason: "has a dot segment") }
        return .literal(bytes)
    }

    package func matches(_ path: CanonicalPath) -> Bool {
        let octets = path.octets.span
        var start = 1
        for segment in segments {
            guard start <= octets.count else { return false }
            let end = octets.firstIndex(of: UInt8(ascii: "/"), from: start) ?? octets.count
            switch segment {
            case .literal(let literal): guard octets.extracting(start..<end).equals(literal) else { return false }
            case .any, .capture: guard end > start else { return false }
            }
            start = end + 1
        }
        return coversBelow || start > octets.count
    }

    /// The names of the captured segments.
    package var captureNames: [UTF8Text] {
        segments.compactMap { if case .capture(let name) = $0 { name } else { nil } }
    }

    /// The captured segments of a path that matches.
    func captures(_ path: CanonicalPath) -> [Capture] {
        zip(segments, path.segments).compactMap { segment, value in
            if case .capture(let name) = segment { Capture(name: name, value: value) } else { nil }
        }
    }
}
