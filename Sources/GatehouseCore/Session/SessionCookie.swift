/// What the `Cookie` lines of a request say about the session.
package enum SessionCookie: Hashable, Sendable {
    /// No usable session cookie: none at all, none that can be a token, or more that differ than anybody needs.
    case none
    case token(SecretToken)
    /// Two to four that differ, in the order of the request: left over from another scope, or tossed in by a sibling host.
    ///
    /// Exactly one of them may be alive; two live ones of different people count as none.
    case several([SecretToken])

    /// The most tokens that are looked up for one request.
    package static let maxTokens = 4
}

/// The name of the session cookie and the rule that finds it in `Cookie` lines.
package struct SessionCookieName: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// - Parameter name: an RFC 6265 cookie name.
    package init(_ name: String) { bytes = Array(name.utf8) }

    package var description: String { String(decoding: bytes, as: UTF8.self) }

    /// Finds the cookie in the lines of one request, in order.
    ///
    /// Lines are split at `;` only. A line that some proxy joined with commas could smuggle in a cookie of a sibling host, so
    /// the name right after a comma spoils the request: it has no session. Values that cannot be tokens are ignored.
    package struct Finder {
        private let name: SessionCookieName
        private var first: SecretToken?
        /// Those that differ from the first.
        private var more: [SecretToken] = []
        private var isSpoiled = false
        /// Whether there are cookies of another name.
        package private(set) var sawOthers = false

        package init(_ name: SessionCookieName) { self.name = name }

        /// Reads one `Cookie` line.
        package mutating func read(line: Span<UInt8>) {
            var start = 0
            while start <= line.count {
                let end = line.firstIndex(of: UInt8(ascii: ";"), from: start) ?? line.count
                read(pair: line.extracting(start..<end))
                start = end + 1
            }
        }

        private mutating func read(pair: Span<UInt8>) {
            if let start = name.valueStart(in: pair, from: 0) {
                take(pair.extracting(start..<pair.count))
            } else {
                sawOthers = true
            }
            var comma = pair.firstIndex(of: UInt8(ascii: ","))
            while let at = comma {
                if name.valueStart(in: pair, from: at + 1) != nil { isSpoiled = true }
                comma = pair.firstIndex(of: UInt8(ascii: ","), from: at + 1)
            }
        }

        private mutating func take(_ text: Span<UInt8>) {
            var end = text.count
            while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
            guard let token = SecretToken(parsing: text.extracting(0..<end)) else { return }
            guard let first else {
                self.first = token
                return
            }
            // Beyond the most that count, one more is as good as a hundred.
            guard token != first, more.count < SessionCookie.maxTokens, !more.contains(token) else { return }
            more.append(token)
        }

        package var cookie: SessionCookie {
            guard !isSpoiled, let first, more.count < SessionCookie.maxTokens else { return .none }
            return more.isEmpty ? .token(first) : .several([first] + more)
        }
    }

    /// Where the value starts if `name=` stands at `start`, after blanks.
    func valueStart(in pair: Span<UInt8>, from start: Int) -> Int? {
        var index = start
        while index < pair.count, pair[index] == 0x20 || pair[index] == 0x09 { index += 1 }
        guard pair.count - index > bytes.count, pair[index + bytes.count] == UInt8(ascii: "=") else { return nil }
        for offset in bytes.indices where pair[index + offset] != bytes[offset] { return nil }
        return index + bytes.count + 1
    }
}
