internal import GatehouseCore
internal import HTTPTypes

/// What a request shows under the session cookie's name.
///
/// A browser may hold several: a former `cookie.domain`, or another instance on a parent domain, leaves its own behind.
struct SessionCookies: Sendable {
    /// The distinct values that can be tokens, in the browser's order; of more than `SessionCookie.maxTokens`, the first.
    let tokens: [SecretToken]
    /// How many cookies of the name there are, whatever they hold.
    let count: Int
    /// Whether there are more tokens than are looked at: then none of them counts.
    let isCrowded: Bool

    init(_ name: SessionCookieName, in lines: [[UInt8]]) {
        let values = SessionCookies.values(of: name, in: lines)
        var tokens: [SecretToken] = []
        for token in values.compactMap({ SecretToken(parsing: $0.span) }) where !tokens.contains(token) {
            tokens.append(token)
        }
        self.tokens = Array(tokens.prefix(SessionCookie.maxTokens))
        count = values.count
        isCrowded = tokens.count > SessionCookie.maxTokens
    }

    /// The values of a cookie, each without blanks around it.
    static func values(of name: SessionCookieName, in lines: [[UInt8]]) -> [[UInt8]] {
        var found: [[UInt8]] = []
        for line in lines {
            for pair in line.split(separator: UInt8(ascii: ";")) {
                let pair = pair.drop { $0 == 0x20 || $0 == 0x09 }
                guard pair.starts(with: name.bytes), pair.dropFirst(name.bytes.count).first == UInt8(ascii: "=") else {
                    continue
                }
                var value = Array(pair.dropFirst(name.bytes.count + 1))
                while let last = value.last, last == 0x20 || last == 0x09 { value.removeLast() }
                found.append(value)
            }
        }
        return found
    }
}
