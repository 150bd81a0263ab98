/// Where a browser goes after signing in or out: checked part by part, and rebuilt rather than passed on.
///
/// Grammar R-RETURN. Accepted are a path of the portal itself and `http(s)://host[:port]/…` of a configured application.
package struct ReturnAddress: Hashable, Sendable, CustomStringConvertible {
    /// Printable ASCII, safe in a `Location` line and, escaped, in HTML.
    package let text: String
    /// `nil` for a path of the portal itself.
    package let origin: Origin?

    package static let maxLength = 2_048

    /// Takes what a client asked for; `nil` means: use the default page.
    ///
    /// - Parameters:
    ///   - text: the decoded value of `rd`.
    ///   - isAllowed: whether a browser may be sent to an origin.
    package init?(parsing text: Span<UInt8>, isAllowed: (Origin) -> Bool) {
        guard !text.isEmpty, text.count <= ReturnAddress.maxLength else { return nil }
        for index in text.indices {
            let octet = text[index]
            guard octet > 0x20, octet < 0x7F, octet != UInt8(ascii: "\\") else { return nil }
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
        guard let target = ReturnAddress.canonicalTarget(rest.span) else { return nil }
        self.text = origin.description + String(decoding: target, as: UTF8.self)
        self.origin = origin
    }

    /// The start page of an origin.
    package init(home origin: Origin) {
        text = "\(origin)/"
        self.origin = origin
    }

    package var description: String { text }

    /// Path and query with the fragment dropped and dot segments resolved, or `nil` for an ambiguous path.
    private static func canonicalTarget(_ text: Span<UInt8>) -> [UInt8]? {
        let end = text.firstIndex(of: UInt8(ascii: "#")) ?? text.count
        let question = text.extracting(0..<end).firstIndex(of: UInt8(ascii: "?")) ?? end
        guard let path = resolved(text.extracting(0..<question)), CanonicalPath(parsing: path.span) != nil else {
            return nil
        }
        var target = path
        for index in question..<end {
            let octet = text[index]
            if isQueryOctet(octet) { target.append(octet) } else { ASCII.appendPercentEncoded(octet, to: &target) }
        }
        return target
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

    /// The octets that RFC 3986 allows raw in a query, and `%`, which stands as the client wrote it.
    private static func isQueryOctet(_ octet: UInt8) -> Bool {
        ASCII.isUnreserved(octet) || "!$&'()*+,;=:@/?%".utf8.contains(octet)
    }
}
