/// Parses request heads strictly: whatever two parsers could read differently is refused.
///
/// RFC 9112 with every lenience left out: lines end in CR LF, no empty line before the request line, single blanks in it, no
/// folded lines, no blank before a colon, no control octets, exactly one `Host` in HTTP/1.1, one `Content-Length` of digits or
/// one `Transfer-Encoding: chunked`.
package struct RequestHeadParser: Sendable {
    /// What may be sent (proxy-side limits are lower than these).
    package struct Limits: Sendable {
        package var target = 65_536
        package var line = 65_536
        package var head = 81_920
        package var lines = 200
        package init() {}
    }

    /// Why a head is refused; the connection closes after the answer.
    package enum Refusal: Error, Equatable, Sendable {
        /// 400: not HTTP/1 as defined above.
        case malformed(Defect)
        /// 431: beyond a limit.
        case tooLarge(Limit)
        /// 505: another version.
        case version

        package var status: Int {
            switch self {
            case .malformed: 400
            case .tooLarge: 431
            case .version: 505
            }
        }
    }

    package enum Defect: String, Sendable {
        case requestLine = "request line"
        case method = "method"
        case target = "request target"
        case lineEnd = "line end"
        case fieldName = "field name"
        case fieldValue = "field value"
        case foldedLine = "folded line"
        case host = "Host missing or repeated"
        case contentLength = "Content-Length"
        case transferEncoding = "Transfer-Encoding"
        case bodyTwice = "Content-Length together with Transfer-Encoding"
    }

    package enum Limit: String, Sendable {
        case target = "request target"
        case line = "header line"
        case head = "all headers"
        case lines = "number of header lines"
    }

    private let limits: Limits
    /// How much of the current head was already searched for its end.
    private var scanned = 0

    package init(limits: Limits = Limits()) { self.limits = limits }

    /// Looks for one whole head at the start of `bytes`.
    ///
    /// - Parameter bytes: everything that arrived since the last head; call again with more when the result is `nil`.
    /// - Returns: the head, or `nil` if its end has not arrived.
    /// - Throws: `Refusal`; nothing further on the connection can be trusted.
    package mutating func parse(_ bytes: Span<UInt8>) throws(Refusal) -> RequestHead? {
        guard let end = try findEnd(bytes) else { return nil }
        scanned = 0
        var head = RequestHead()
        head.byteCount = end
        var position = try parseRequestLine(bytes, into: &head)
        var connection = ConnectionTokens()
        var lines = 0
        while position < end - 2 {
            lines += 1
            guard lines <= limits.lines else { throw .tooLarge(.lines) }
            position = try parseField(bytes, at: position, into: &head, connection: &connection)
        }
        head.wantsKeepAlive = !connection.close && (head.isHTTP11 || connection.keepAlive)
        try checkFraming(bytes, &head)
        return head
    }

    /// The position after the empty line; every line feed must follow a carriage return.
    private mutating func findEnd(_ bytes: Span<UInt8>) throws(Refusal) -> Int? {
        while let feed = bytes.firstIndex(of: 0x0A, from: scanned) {
            guard feed > 0, bytes[feed - 1] == 0x0D else { throw .malformed(.lineEnd) }
            scanned = feed + 1
            guard scanned <= limits.head else { throw .tooLarge(.head) }
            if feed == 1 { throw .malformed(.requestLine) }
            if feed >= 3, bytes[feed - 2] == 0x0A { return scanned }
        }
        guard bytes.count <= limits.head else { throw .tooLarge(.head) }
        scanned = bytes.count
        return nil
    }

    private func parseRequestLine(_ bytes: Span<UInt8>, into head: inout RequestHead) throws(Refusal) -> Int {
        var index = 0
        while index < bytes.count, RequestHeadParser.isTokenOctet(bytes[index]) { index += 1 }
        guard index > 0, index <= 32, index < bytes.count, bytes[index] == 0x20 else { throw .malformed(.method) }
        head.method = RequestHead.Position(start: 0, end: Int32(index))
        let start = index + 1
        index = start
        while index < bytes.count, bytes[index] > 0x20, bytes[index] < 0x7F { index += 1 }
        guard index - start <= limits.target else { throw .tooLarge(.target) }
        // Origin form only: a check is never sent in another one.
        guard index > start, bytes[start] == UInt8(ascii: "/"), index < bytes.count, bytes[index] == 0x20 else {
            throw .malformed(.target)
        }
        head.target = RequestHead.Position(start: Int32(start), end: Int32(index))
        index += 1
        guard bytes.count - index >= 10 else { throw .malformed(.requestLine) }
        let version = bytes.extracting(index..<(index + 8))
        if version.equals("HTTP/1.1") {
            head.isHTTP11 = true
        } else if !version.equals("HTTP/1.0") {
            throw RequestHeadParser.looksLikeVersion(version) ? .version : .malformed(.requestLine)
        }
        guard bytes[index + 8] == 0x0D, bytes[index + 9] == 0x0A else { throw .malformed(.requestLine) }
        return index + 10
    }

    private static func looksLikeVersion(_ text: Span<UInt8>) -> Bool {
        text.extracting(0..<5).equals("HTTP/") && ASCII.isDigit(text[5]) && text[6] == UInt8(ascii: ".")
            && ASCII.isDigit(text[7])
    }

    /// Parses one field line and returns where the next one starts.
    private func parseField(
        _ bytes: Span<UInt8>, at start: Int, into head: inout RequestHead, connection: inout ConnectionTokens
    ) throws(Refusal) -> Int {
        var index = start
        while index < bytes.count, RequestHeadParser.isUsualOctet(bytes[index]) { index += 1 }
        let usualEnd = index
        while index < bytes.count, RequestHeadParser.isTokenOctet(bytes[index]) { index += 1 }
        guard index > start, index < bytes.count, bytes[index] == UInt8(ascii: ":") else {
            let isFolded = index == start && index < bytes.count && (bytes[index] == 0x20 || bytes[index] == 0x09)
            throw .malformed(isFolded ? .foldedLine : .fieldName)
        }
        let name = bytes.extracting(start..<index)
        if index > usualEnd { head.unusualNames.append(RequestHead.Position(start: Int32(start), end: Int32(index))) }
        index += 1
        while index < bytes.count, bytes[index] == 0x20 || bytes[index] == 0x09 { index += 1 }
        let valueStart = index
        while index < bytes.count, RequestHeadParser.isValueOctet(bytes[index]) { index += 1 }
        guard index + 1 < bytes.count, bytes[index] == 0x0D, bytes[index + 1] == 0x0A else {
            throw .malformed(.fieldValue)
        }
        let next = index + 2
        guard index - start <= limits.line else { throw .tooLarge(.line) }
        while index > valueStart, bytes[index - 1] == 0x20 || bytes[index - 1] == 0x09 { index -= 1 }
        if name.count == 10, name.equalsIgnoringCase("connection") {
            connection.read(bytes.extracting(valueStart..<index))
        } else if let field = RequestHead.Field(name: name) {
            keep(RequestHead.Position(start: Int32(valueStart), end: Int32(index)), as: field, in: &head)
        }
        return next
    }

    private func keep(_ position: RequestHead.Position, as field: RequestHead.Field, in head: inout RequestHead) {
        head.slots[field.rawValue].count += 1
        if head.slots[field.rawValue].count == 1 {
            head.slots[field.rawValue].position = position
        } else if field == .cookie {
            head.moreCookies.append(position)
        }
    }

    private func checkFraming(_ bytes: Span<UInt8>, _ head: inout RequestHead) throws(Refusal) {
        let hosts = head.count(of: .host)
        guard hosts == 1 || (hosts == 0 && !head.isHTTP11) else { throw .malformed(.host) }
        let encodings = head.count(of: .transferEncoding)
        let lengths = head.count(of: .contentLength)
        guard encodings == 0 || lengths == 0 else { throw .malformed(.bodyTwice) }
        guard lengths <= 1 else { throw .malformed(.contentLength) }
        if encodings > 0 {
            // A coding that is not `chunked` alone is read differently by different parsers, and no proxy sends it.
            let isChunked =
                head.withValue(of: .transferEncoding, in: bytes) { $0.equalsIgnoringCase("chunked") } ?? false
            guard encodings == 1, isChunked else { throw .malformed(.transferEncoding) }
            head.announcesBody = true
        }
        guard lengths == 1 else { return }
        let length = head.withValue(of: .contentLength, in: bytes) { ASCII.decimal($0, limit: .max) } ?? nil
        guard let length, !hasTab(bytes, after: head.slots[RequestHead.Field.contentLength.rawValue].position) else {
            throw .malformed(.contentLength)
        }
        head.announcesBody = length > 0
    }

    /// Whether a tab follows a value on its line: some parsers take no such number.
    private func hasTab(_ bytes: Span<UInt8>, after position: RequestHead.Position) -> Bool {
        var index = Int(position.end)
        while index < bytes.count, bytes[index] == 0x20 { index += 1 }
        return index < bytes.count && bytes[index] == 0x09
    }

    /// What nearly all names of fields are made of.
    private static func isUsualOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || octet == UInt8(ascii: "-")
    }

    /// `tchar` of RFC 9110, section 5.6.2.
    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        if isUsualOctet(octet) { return true }
        switch octet {
        case UInt8(ascii: "!"), UInt8(ascii: "#"), UInt8(ascii: "$"), UInt8(ascii: "%"), UInt8(ascii: "&"),
            UInt8(ascii: "'"), UInt8(ascii: "*"), UInt8(ascii: "+"), UInt8(ascii: "."), UInt8(ascii: "^"),
            UInt8(ascii: "_"), UInt8(ascii: "`"), UInt8(ascii: "|"), UInt8(ascii: "~"):
            return true
        default: return false
        }
    }

    /// Field content of RFC 9110, section 5.5: visible, blank, tab, and octets above ASCII.
    private static func isValueOctet(_ octet: UInt8) -> Bool { octet >= 0x20 && octet != 0x7F || octet == 0x09 }
}

/// The tokens of the `Connection` lines that matter here.
private struct ConnectionTokens {
    var close = false
    var keepAlive = false

    mutating func read(_ value: Span<UInt8>) {
        var start = 0
        while start <= value.count {
            let comma = value.firstIndex(of: UInt8(ascii: ","), from: start) ?? value.count
            var from = start
            var to = comma
            while from < to, value[from] == 0x20 || value[from] == 0x09 { from += 1 }
            while to > from, value[to - 1] == 0x20 || value[to - 1] == 0x09 { to -= 1 }
            let token = value.extracting(from..<to)
            if token.equalsIgnoringCase("close") { close = true }
            if token.equalsIgnoringCase("keep-alive") { keepAlive = true }
            start = comma + 1
        }
    }
}
