/// Where a browser goes after signing in or out: checked part by part, and rebuilt rather than passed on.
///
/// Grammar R-RETURN. Accepted are a path of the portal itself and `http(s)://host[:port]/…` of a configured application; the
/// latter comes back octet by octet, also where two servers could read its path differently: that is for the rules of the
/// application to judge, and no path leads away from an origin.
package struct ReturnAddress: Hashable, Sendable, CustomStringConvertible {
    /// Printable ASCII, safe in a `Location` line and, escaped, in HTML.
    package let text: String
    /// `nil` for a path of the portal itself.
    package let origin: Origin?

    package static let maxLength = 6_144

    /// Takes what a client asked for; `nil` means: use the default page.
    ///
    /// - Parameters:
    ///   - text: the decoded value of `rd`.
    ///   - isAllowed: whether a browser may be sent to an origin.
    package init?(parsing text: Span<UInt8>, isAllowed: (Origin) -> Bool) {
        guard !text.isEmpty, text.count <= ReturnAddress.maxLength else { return nil }
        // Browsers read a backslash as a slash, though not within a query, where they send it as it is.
        let question = text.firstIndex(of: UInt8(ascii: "?")) ?? text.count
        for index in text.indices {
            let octet = text[index]
            guard octet > 0x20, octet != 0x7F, octet != UInt8(ascii: "\\") || index > question else { return nil }
        }
        if text[0] == UInt8(ascii: "/") {
            guard let target = ReturnAddress.canonicalTarget(text) else { return nil }
            self.text = String(decoding: target, as: UTF8.self)
            origin = nil
            return
        }
        guard let (scheme, start) = Origin.splitScheme(text) else { return nil }
        var end = start
        while end < text.count, text[end] != UInt8(ascii: "/"), text[end] != UInt8(ascii: "?"),
            text[end] != UInt8(ascii: "#")
        { end += 1 }
        guard let authority = Authority(parsing: text.extracting(start..<end)) else { return nil }
        let origin = Origin(scheme: scheme, authority: authority)
        guard isAllowed(origin) else { return nil }
        var rest = text.extracting(end..<text.count).array
        if rest.first != UInt8(ascii: "/") { rest.insert(UInt8(ascii: "/"), at: 0) }
        let target = ReturnAddress.canonicalTarget(rest.span) ?? ReturnAddress.target(rest.span)
        self.text = origin.description + String(decoding: target, as: UTF8.self)
        self.origin = origin
    }

    /// The start page of an origin.
    package init(home origin: Origin) {
        text = "\(origin)/"
        self.origin = origin
    }

    package var description: String { text }

    /// Path and query as they are, without a fragment; what no URL may hold raw is percent-encoded.
    private static func target(_ text: Span<UInt8>) -> [UInt8] {
        let end = text.firstIndex(of: UInt8(ascii: "#")) ?? text.count
        var target: [UInt8] = []
        target.reserveCapacity(end)
        append(text.extracting(0..<end), to: &target)
        return target
    }

    /// Path and query with the fragment dropped and dot segments resolved, or `nil` for an ambiguous path.
    private static func canonicalTarget(_ text: Span<UInt8>) -> [UInt8]? {
        let end = text.firstIndex(of: UInt8(ascii: "#")) ?? text.count
        let question = text.extracting(0..<end).firstIndex(of: UInt8(ascii: "?")) ?? end
        guard let path = resolved(text.extracting(0..<question)), CanonicalPath(parsing: path.span) != nil else {
            return nil
        }
        var target = path
        append(text.extracting(question..<end), to: &target)
        return target
    }

    /// Octets as a client sent them, made printable ASCII that needs no care in HTML.
    private static func append(_ text: Span<UInt8>, to target: inout [UInt8]) {
        for index in text.indices {
            let octet = text[index]
            if octet < 0x7F, !"\"<>".utf8.contains(octet) {
                target.append(octet)
            } else {
                ASCII.appendPercentEncoded(octet, to: &target)
            }
        }
    }

    /// How many dots a segment is made of and nothing else, each raw or as `%2e`: browsers take both for dot segments.
    private static func dots(_ segment: [UInt8]) -> Int? {
        var rest = segment[...]
        var count = 0
        while let first = rest.first {
            if first == UInt8(ascii: ".") {
                rest = rest.dropFirst()
            } else if first == UInt8(ascii: "%"),
                rest.dropFirst().starts(with: "2e".utf8) || rest.dropFirst().starts(with: "2E".utf8)
            {
                rest = rest.dropFirst(3)
            } else {
                return nil
            }
            count += 1
        }
        return count
    }

    /// RFC 3986, section 5.2.4, for a path that starts with `/`.
    private static func resolved(_ path: Span<UInt8>) -> [UInt8]? {
        guard !path.isEmpty, path[0] == UInt8(ascii: "/") else { return nil }
        var segments: [[UInt8]] = []
        var start = 1
        while true {
            let end = path.firstIndex(of: UInt8(ascii: "/"), from: start) ?? path.count
            let segment = path.extracting(start..<end).array
            let isLast = end == path.count
            switch dots(segment) {
            case 1: if isLast { segments.append([]) }
            case 2:
                _ = segments.popLast()
                if isLast { segments.append([]) }
            default: segments.append(segment)
            }
            guard !isLast else { break }
            start = end + 1
        }
        return segments.reduce(into: []) { result, segment in
            result.append(UInt8(ascii: "/"))
            result += segment
        }
    }
}
