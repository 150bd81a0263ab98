internal import GatehouseCore

extension FuzzTarget {
    private static let headSeed = """
        GET /auth/request HTTP/1.1\r\nHost: gatehouse\r\nX-Original-Method: GET\r
        X-Original-URL: https://app.example.com/a/b?c=d\r\nCookie: a=b; __Host-gatehouse=c\r
        Content-Length: 0\r\nConnection: keep-alive\r\n\r\n
        """

    /// A head that arrives in pieces is the same head, and is not longer than what arrived.
    static let requestHead = FuzzTarget(
        "request-head",
        seeds: [
            headSeed, "HEAD / HTTP/1.0\r\nHost: [::1]:80\r\n\r\n",
            "POST /auth/forward HTTP/1.1\r\nHost: g\r\nTransfer-Encoding: chunked\r\n\r\n",
        ]
    ) { bytes throws(Broken) in
        let whole = head(bytes, after: [])
        try expect(whole == head(bytes, after: [1, bytes.count / 2]), "other in pieces: \(whole)")
        if case .success(let head?) = whole {
            try expect(head.byteCount <= bytes.count && head.byteCount > 0, "\(head.byteCount) octets")
            try expect(bytes[head.byteCount - 1] == 0x0A, "no end of line at the end")
        }
    }

    private struct Head: Equatable {
        let byteCount: Int
        let flags: [Bool]
        let values: [[UInt8]?]
    }

    private static func head(_ bytes: [UInt8], after pieces: [Int]) -> Result<Head?, RequestHeadParser.Refusal> {
        var parser = RequestHeadParser()
        for count in pieces + [bytes.count] where count <= bytes.count {
            do {
                guard let head = try parser.parse(bytes.span.extracting(0..<count)) else { continue }
                return .success(
                    Head(
                        byteCount: head.byteCount, flags: [head.isHTTP11, head.wantsKeepAlive, head.announcesBody],
                        values: RequestHead.Field.allCases.map { head.value(of: $0, in: bytes.span) }))
            } catch { return .failure(error) }
        }
        return .success(nil)
    }

    /// Without our own cookies no line holds one of ours any more, and no line holds more tokens than count.
    static let cookies = FuzzTarget(
        "cookies",
        seeds: [
            "__Host-gatehouse=\(String(repeating: "A", count: 43)); theme=dark",
            "a=b, __Host-gatehouse=\(String(repeating: "B", count: 42))A; __Host-gatehouse-pre=x;;\t=",
            "__Host-gatehouse=\(String(repeating: "C", count: 42))A;__Host-gatehouse=\(String(repeating: "A", count: 43))",
        ]
    ) { bytes throws(Broken) in
        let session = SessionCookieName("__Host-gatehouse")
        let names = CookieNames(session: session, others: [SessionCookieName("__Host-gatehouse-pre")])
        if case .several(let tokens) = cookie(session, in: bytes) {
            try expect(Set(tokens).count == tokens.count, "a token twice")
            try expect(tokens.count <= SessionCookie.maxTokens, "\(tokens.count) tokens")
        }
        var others: [UInt8] = []
        names.appendOthers(of: bytes.span, to: &others)
        for name in names.all { try expect(cookie(name, in: others) == .none, "\(name) is left") }
    }

    private static func cookie(_ name: SessionCookieName, in line: [UInt8]) -> SessionCookie {
        var finder = SessionCookieName.Finder(name)
        finder.read(line: line.span)
        return finder.cookie
    }

    /// Nobody is sent elsewhere than to an allowed origin or a path of our own, and what was accepted is accepted again.
    ///
    /// A path of our own stays as it is then; one of an application may lose a `..` that its other octets kept from being resolved.
    static let returnAddress = FuzzTarget(
        "return-address",
        seeds: [
            "https://app.example.com/a/../b?c=\\d#e", "/account?x=%20y", "https://app.example.com", "//evil.example/",
            "http://app.example.com:8080/\u{E9}", "https://app.example.com@evil.example/", "/%2e%2e/;a",
        ]
    ) { bytes throws(Broken) in
        let allowed = Origin("https://app.example.com")
        guard let address = ReturnAddress(parsing: bytes.span, isAllowed: { $0 == allowed }) else { return }
        let text = Array(address.text.utf8)
        try expect(text.allSatisfy { $0 > 0x20 && $0 < 0x7F }, "\(address) is not printable")
        if address.origin == nil {
            let second = text.dropFirst().first
            try expect(text.first == 0x2F && second != 0x2F && second != 0x5C, "\(address) leads away")
        } else {
            try expect(address.text.hasPrefix("https://app.example.com/"), "\(address) leads away")
        }
        let again = ReturnAddress(parsing: text.span) { $0 == allowed }
        let isSame = address.origin == nil ? again == address : again?.origin == address.origin
        try expect(isSame, "\(address) becomes \(again?.text ?? "nothing")")
    }
}
