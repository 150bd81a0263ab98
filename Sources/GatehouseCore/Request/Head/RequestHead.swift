/// The head of an HTTP/1 request as positions in the bytes it was parsed from: nothing is copied.
///
/// Only the fields that some contract reads are kept; all others were checked for their grammar and forgotten.
package struct RequestHead: Sendable {
    /// The fields that are kept; their names stand in the same order in `names`.
    package enum Field: Int, CaseIterable, Sendable {
        case host
        case accept
        case cookie
        case origin
        case upgrade
        case traceparent
        case contentType
        case contentLength
        case transferEncoding
        case secFetchMode
        case secWebSocketKey
        case accessControlRequestMethod
        case xRequestedWith
        case xOriginalURL
        case xOriginalMethod
        case xForwardedFor
        case xForwardedURI
        case xForwardedHost
        case xForwardedProto
        case xForwardedMethod

        /// One for each case, in the order of the cases: how many places a head has follows from it.
        static let names: InlineArray<_, StaticString> = [
            "Host", "Accept", "Cookie", "Origin", "Upgrade", "traceparent", "Content-Type", "Content-Length",
            "Transfer-Encoding",
            "Sec-Fetch-Mode", "Sec-WebSocket-Key", "Access-Control-Request-Method", "X-Requested-With",
            "X-Original-URL", "X-Original-Method", "X-Forwarded-For", "X-Forwarded-Uri", "X-Forwarded-Host",
            "X-Forwarded-Proto", "X-Forwarded-Method",
        ]

        /// The name as it stands in documents and log lines.
        package var name: StaticString { Field.names[rawValue] }
    }

    /// Where a value lies, without the blanks around it.
    package struct Position: Sendable {
        package let start: Int32
        package let end: Int32

        var range: Range<Int> { Int(start)..<Int(end) }
    }

    struct Slot: Sendable {
        var position = Position(start: 0, end: 0)
        var count: Int32 = 0

        /// As many empty places as there are names, which are counted when this is compiled and never looked at.
        static func places<let count: Int>(
            for names: @autoclosure () -> InlineArray<count, StaticString>
        ) -> InlineArray<count, Slot> { InlineArray(repeating: Slot()) }
    }

    package internal(set) var method = Position(start: 0, end: 0)
    package internal(set) var target = Position(start: 0, end: 0)
    /// Whether the request speaks HTTP/1.1; otherwise it speaks HTTP/1.0.
    package internal(set) var isHTTP11 = false
    /// Whether the sender wants the connection kept, before our own reasons to close it.
    package internal(set) var wantsKeepAlive = false
    /// Whether the head announces a body, which is never read.
    package internal(set) var announcesBody = false
    /// The octets of the whole head, the empty line included.
    package internal(set) var byteCount = 0

    var slots = Slot.places(for: Field.names)
    /// The `Cookie` lines after the first.
    var moreCookies: [Position] = []
    /// The names with an octet that is no letter, digit or `-`.
    ///
    /// Nearly no client sends one, and some applications read each of these octets as the same one.
    var unusualNames: [Position] = []

    /// How many lines of a field there were.
    package func count(of field: Field) -> Int { Int(slots[field.rawValue].count) }

    /// The value of a field's first line, in the bytes that were parsed; empty if there is none.
    package func value(of field: Field, in bytes: Span<UInt8>) -> [UInt8]? {
        let slot = slots[field.rawValue]
        guard slot.count > 0 else { return nil }
        return bytes.extracting(slot.position.range).array
    }

    /// Reads a field's first value in place; not called if there is none.
    package func withValue<Result>(
        of field: Field, in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result? {
        let slot = slots[field.rawValue]
        guard slot.count > 0 else { return nil }
        return body(bytes.extracting(slot.position.range))
    }

    /// Reads a part of the request line in place.
    package func withText<Result>(
        at position: Position, in bytes: Span<UInt8>, _ body: (Span<UInt8>) -> Result
    ) -> Result { body(bytes.extracting(position.range)) }

    /// The unusual names as they were written; empty for nearly every request.
    package func unusualNames(in bytes: Span<UInt8>) -> [[UInt8]] {
        guard !unusualNames.isEmpty else { return [] }
        return unusualNames.map { bytes.extracting($0.range).array }
    }

    /// What the `Cookie` lines say about the session.
    ///
    /// - Returns: the session's cookie, and whether there are cookies of other names.
    package func sessionCookie(
        named name: SessionCookieName, in bytes: Span<UInt8>
    ) -> (cookie: SessionCookie, sawOthers: Bool) {
        let slot = slots[Field.cookie.rawValue]
        guard slot.count > 0 else { return (.none, false) }
        var finder = SessionCookieName.Finder(name)
        finder.read(line: bytes.extracting(slot.position.range))
        for position in moreCookies { finder.read(line: bytes.extracting(position.range)) }
        return (finder.cookie, finder.sawOthers)
    }

    /// The value of a `Cookie` line with all cookies that are none of ours; empty if there are none.
    package func otherCookies(than names: CookieNames, in bytes: Span<UInt8>) -> [UInt8] {
        let slot = slots[Field.cookie.rawValue]
        guard slot.count > 0 else { return [] }
        var rest: [UInt8] = []
        names.appendOthers(of: bytes.extracting(slot.position.range), to: &rest)
        for position in moreCookies { names.appendOthers(of: bytes.extracting(position.range), to: &rest) }
        return rest
    }
}

extension RequestHead.Field {
    /// The field of a name in any letter case; `nil` for all that no contract reads.
    init?(name: Span<UInt8>) {
        switch name.count {
        case 4: self.init(name, "host", .host)
        case 6:
            switch ASCII.lowercased(name[0]) {
            case UInt8(ascii: "a"): self.init(name, "accept", .accept)
            case UInt8(ascii: "c"): self.init(name, "cookie", .cookie)
            default: self.init(name, "origin", .origin)
            }
        case 7: self.init(name, "upgrade", .upgrade)
        case 11: self.init(name, "traceparent", .traceparent)
        case 12: self.init(name, "content-type", .contentType)
        case 14:
            switch ASCII.lowercased(name[0]) {
            case UInt8(ascii: "c"): self.init(name, "content-length", .contentLength)
            case UInt8(ascii: "s"): self.init(name, "sec-fetch-mode", .secFetchMode)
            default: self.init(name, "x-original-url", .xOriginalURL)
            }
        case 15:
            if ASCII.lowercased(name[12]) == UInt8(ascii: "f") {
                self.init(name, "x-forwarded-for", .xForwardedFor)
            } else {
                self.init(name, "x-forwarded-uri", .xForwardedURI)
            }
        case 16:
            if ASCII.lowercased(name[2]) == UInt8(ascii: "f") {
                self.init(name, "x-forwarded-host", .xForwardedHost)
            } else {
                self.init(name, "x-requested-with", .xRequestedWith)
            }
        case 17:
            switch ASCII.lowercased(name[2]) {
            case UInt8(ascii: "a"): self.init(name, "transfer-encoding", .transferEncoding)
            case UInt8(ascii: "c"): self.init(name, "sec-websocket-key", .secWebSocketKey)
            case UInt8(ascii: "f"): self.init(name, "x-forwarded-proto", .xForwardedProto)
            default: self.init(name, "x-original-method", .xOriginalMethod)
            }
        case 18: self.init(name, "x-forwarded-method", .xForwardedMethod)
        case 29: self.init(name, "access-control-request-method", .accessControlRequestMethod)
        default: return nil
        }
    }

    private init?(_ name: Span<UInt8>, _ expected: StaticString, _ field: RequestHead.Field) {
        guard name.equalsIgnoringCase(expected) else { return nil }
        self = field
    }
}
