/// The method of an original request, in grammar R-METHOD: one to twenty upper-case letters.
///
/// `CONNECT` and `TRACE` are refused: no application behind a reverse proxy has a use for them.
package struct Method: Hashable, Sendable, CustomStringConvertible {
    /// Upper-case letters, packed: a method is compared far more often than it is printed.
    package let bytes: [UInt8]

    package static let get = Method(known: "GET")
    package static let head = Method(known: "HEAD")
    package static let post = Method(known: "POST")
    package static let options = Method(known: "OPTIONS")

    /// The methods that are understood without configuration: RFC 9110, RFC 5789 and WebDAV (RFC 4918, 3253, 3744, 5323).
    package static let known: Set<Method> = Set(
        [
            "GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "PROPFIND", "PROPPATCH", "MKCOL", "COPY",
            "MOVE",
            "LOCK", "UNLOCK", "REPORT", "SEARCH", "ACL", "MKCALENDAR", "MKACTIVITY", "CHECKOUT", "CHECKIN",
            "UNCHECKOUT", "MERGE", "LABEL", "UPDATE", "QUERY",
        ].map(Method.init(known:)))

    private init(known: StaticString) { bytes = Array(known.description.utf8) }

    /// Takes a method as written; `nil` if it is unknown or does not follow the grammar.
    package init?(parsing text: Span<UInt8>) {
        if text.equals("GET") {
            self = .get
            return
        }
        guard (1...20).contains(text.count) else { return nil }
        for index in text.indices where !ASCII.isUpper(text[index]) { return nil }
        self.init(bytes: text.array)
        guard Method.known.contains(self) else { return nil }
    }

    private init(bytes: [UInt8]) { self.bytes = bytes }

    package init?(_ text: String) { self.init(parsing: Array(text.utf8).span) }

    /// Whether the method only reads, so that a redirect keeps its meaning.
    package var isRead: Bool { self == .get || self == .head }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}
