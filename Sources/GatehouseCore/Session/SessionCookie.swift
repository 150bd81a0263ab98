/// What the `Cookie` lines of a request say about the session.
package enum SessionCookie: Hashable, Sendable {
    /// No usable session cookie: none at all, a malformed one, or several that differ.
    case none
    case token(SecretToken)
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
    /// the name right after a comma counts as a second, different cookie. Two cookies that differ count as none.
    package struct Finder {
        private let name: [UInt8]
        private var value: SecretToken?
        private var isSpoiled = false

        package init(_ name: SessionCookieName) { self.name = name.bytes }

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
            if let start = valueStart(in: pair, from: 0) { take(pair.extracting(start..<pair.count)) }
            var comma = pair.firstIndex(of: UInt8(ascii: ","))
            while let at = comma {
                if valueStart(in: pair, from: at + 1) != nil { isSpoiled = true }
                comma = pair.firstIndex(of: UInt8(ascii: ","), from: at + 1)
            }
        }

        private mutating func take(_ text: Span<UInt8>) {
            var end = text.count
            while end > 0, text[end - 1] == 0x20 || text[end - 1] == 0x09 { end -= 1 }
            guard let token = SecretToken(parsing: text.extracting(0..<end)), value == nil || value == token else {
                isSpoiled = true
                return
            }
            value = token
        }

        /// Where the value starts if `name=` stands at `start`, after blanks.
        private func valueStart(in pair: Span<UInt8>, from start: Int) -> Int? {
            var index = start
            while index < pair.count, pair[index] == 0x20 || pair[index] == 0x09 { index += 1 }
            guard pair.count - index > name.count, pair[index + name.count] == UInt8(ascii: "=") else { return nil }
            for offset in name.indices where pair[index + offset] != name[offset] { return nil }
            return index + name.count + 1
        }

        package var cookie: SessionCookie {
            guard !isSpoiled, let value else { return .none }
            return .token(value)
        }
    }
}
