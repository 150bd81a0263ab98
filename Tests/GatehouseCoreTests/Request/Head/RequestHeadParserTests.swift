import GatehouseCore
import Testing

private typealias Refusal = RequestHeadParser.Refusal

@Suite("The parser of request heads")
struct RequestHeadParserTests {
    private static let plain = "GET /auth/request HTTP/1.1\r\nHost: g\r\n"

    @Test("keeps the fields that contracts read, without the blanks around them, and forgets all others")
    func fields() throws {
        let text =
            "GET /auth/request?x HTTP/1.1\r\nhOsT: \t g:9180 \t\r\nX-Forwarded-For:10.0.0.1\r\nX-Other: y\r\n"
            + "Cookie: a=1\r\ncookie: b=2\r\nX-Original-URL:   \r\n\r\n"
        let head = try #require(RequestHeadParser.outcome(of: text).head)
        #expect(head.method == Array("GET".utf8))
        #expect(head.target == Array("/auth/request?x".utf8))
        #expect(head.byteCount == text.utf8.count)
        #expect(head.isHTTP11 && head.keepsAlive && !head.announcesBody)
        #expect(
            head.fields == [
                "host": [Array("g:9180".utf8)], "x-forwarded-for": [Array("10.0.0.1".utf8)],
                "cookie": [Array("a=1".utf8), Array("b=2".utf8)], "x-original-url": [[]],
            ])
        #expect(head.counts["cookie"] == 2)
    }

    @Test(
        "finds every field by its own name in any letter case, and by no other", arguments: RequestHead.Field.allCases)
    func everyField(field: RequestHead.Field) throws {
        let name = field.name.description
        for spelling in [name, name.lowercased(), name.uppercased()] {
            let value = field == .contentLength ? "7" : field == .transferEncoding ? "chunked" : "v"
            let host = field == .host ? "" : "Host: g\r\n"
            let head = try #require(
                RequestHeadParser.outcome(of: "GET / HTTP/1.1\r\n\(host)\(spelling): \(value)\r\n\r\n").head)
            #expect(head.counts[name.lowercased()] == 1)
            #expect(head.fields[name.lowercased()] == [Array(value.utf8)])
        }
        for offset in 0..<name.utf8.count {
            var other = Array(name.utf8)
            other[offset] = other[offset] == UInt8(ascii: "_") ? UInt8(ascii: "~") : UInt8(ascii: "_")
            let text = "GET / HTTP/1.1\r\nHost: g\r\n" + String(decoding: other, as: UTF8.self) + ": 7\r\n\r\n"
            let head = try #require(RequestHeadParser.outcome(of: text).head)
            #expect(head.counts == ["host": 1])
        }
    }

    @Test(
        "refuses whatever two parsers could read differently",
        arguments: [
            ("GET /\r\n\r\n", .malformed(.target)),
            ("GET  / HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("GET /  HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("GET\t/ HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.method)),
            (" GET / HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.method)),
            ("G(T / HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.method)),
            ("GET /\u{7F} HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("GET /é HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("GET /\0 HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("GET / HTTP/1.1 \r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("GET / http/1.1\r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("GET / HTTP/1\r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("GET / HTTP/1.11\r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("GET / HTTP/2.0\r\nHost: g\r\n\r\n", .version),
            ("GET / HTTP/0.9\r\nHost: g\r\n\r\n", .version),
            ("GET / HTTP/1.2\r\nHost: g\r\n\r\n", .version),
            ("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", .malformed(.target)),
            ("OPTIONS * HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("GET http://g/ HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("CONNECT g:443 HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.target)),
            ("\r\nGET / HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.requestLine)),
            ("\nGET / HTTP/1.1\r\nHost: g\r\n\r\n", .malformed(.lineEnd)),
            ("GET / HTTP/1.1\nHost: g\r\n\r\n", .malformed(.lineEnd)),
            (plain + "A: b\n\r\n", .malformed(.lineEnd)),
            (plain + "\n", .malformed(.lineEnd)),
            (plain + "A: b\rC: d\r\n\r\n", .malformed(.fieldValue)),
            (plain + "A: b\r\r\n\r\n", .malformed(.fieldValue)),
            (plain + "\rA: b\r\n\r\n", .malformed(.fieldName)),
            (plain + "A: b\0c\r\n\r\n", .malformed(.fieldValue)),
            (plain + "A: b\u{7F}\r\n\r\n", .malformed(.fieldValue)),
            (plain + "A: b\u{1}\r\n\r\n", .malformed(.fieldValue)),
            (plain + " folded\r\n\r\n", .malformed(.foldedLine)),
            (plain + "\tfolded\r\n\r\n", .malformed(.foldedLine)),
            (plain + "A : b\r\n\r\n", .malformed(.fieldName)),
            (plain + "A\t: b\r\n\r\n", .malformed(.fieldName)),
            (plain + ": b\r\n\r\n", .malformed(.fieldName)),
            (plain + "A\r\n\r\n", .malformed(.fieldName)),
            (plain + "A(: b\r\n\r\n", .malformed(.fieldName)),
            (plain + "É: b\r\n\r\n", .malformed(.fieldName)),
            ("GET / HTTP/1.1\r\n\r\n", .malformed(.host)),
            (plain + "Host: g\r\n\r\n", .malformed(.host)),
            ("GET / HTTP/1.0\r\nHost: g\r\nHost: h\r\n\r\n", .malformed(.host)),
            (plain + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", .malformed(.bodyTwice)),
            (plain + "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n", .malformed(.bodyTwice)),
            (plain + "Content-Length: 5\r\nContent-Length: 5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: +5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: -5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: 5, 5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: 0x5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: 5 5\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: 99999999999999999999\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length:\r\n\r\n", .malformed(.contentLength)),
            (plain + "Content-Length: 5 \t\r\n\r\n", .malformed(.contentLength)),
            (plain + "Transfer-Encoding:\r\n\r\n", .malformed(.transferEncoding)),
            (plain + "Transfer-Encoding: identity\r\n\r\n", .malformed(.transferEncoding)),
            (plain + "Transfer-Encoding: gzip, chunked\r\n\r\n", .malformed(.transferEncoding)),
            (plain + "Transfer-Encoding: xchunked\r\n\r\n", .malformed(.transferEncoding)),
            (plain + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", .malformed(.transferEncoding)),
        ] as [(String, RequestHeadParser.Refusal)])
    func refusals(text: String, refusal: RequestHeadParser.Refusal) {
        #expect(RequestHeadParser.outcome(of: text) == .refused(refusal))
    }

    @Test("says which status each refusal has")
    func statuses() {
        #expect(Refusal.malformed(.host).status == 400)
        #expect(Refusal.tooLarge(.lines).status == 431)
        #expect(Refusal.version.status == 505)
    }

    @Test("takes HTTP/1.0 without a Host, and any method that is a token")
    func lenient() throws {
        let old = try #require(RequestHeadParser.outcome(of: "GET / HTTP/1.0\r\n\r\n").head)
        #expect(!old.isHTTP11 && !old.keepsAlive)
        for method in ["HEAD", "PROPFIND", "M-SEARCH", "brew", "X"] {
            #expect(
                RequestHeadParser.outcome(of: "\(method) / HTTP/1.1\r\nHost: g\r\n\r\n").head?.method
                    == Array(method.utf8))
        }
        let long = String(repeating: "A", count: 33)
        #expect(RequestHeadParser.outcome(of: "\(long) / HTTP/1.1\r\nHost: g\r\n\r\n") == .refused(.malformed(.method)))
    }

    @Test(
        "decides about keep-alive by version and tokens; close wins",
        arguments: [
            ("1.1", [], true), ("1.1", ["close"], false), ("1.1", ["keep-alive"], true), ("1.1", ["ClOsE"], false),
            ("1.1", ["keep-alive, close"], false), ("1.1", ["Upgrade"], true), ("1.1", ["keep-alive", "close"], false),
            ("1.1", ["closed"], true), ("1.1", ["x,\t close ,y"], false), ("1.1", [""], true),
            ("1.0", [], false), ("1.0", ["keep-alive"], true), ("1.0", ["Keep-Alive"], true), ("1.0", ["close"], false),
            ("1.0", ["keep-alive, close"], false), ("1.0", ["upgrade,keep-alive"], true),
            ("1.0", ["keep-alive-not"], false),
        ] as [(String, [String], Bool)])
    func keepAlive(version: String, lines: [String], expected: Bool) throws {
        let connection = lines.map { "Connection: \($0)\r\n" }.joined()
        let head = RequestHeadParser.outcome(of: "GET / HTTP/\(version)\r\nHost: g\r\n\(connection)\r\n").head
        #expect(try #require(head).keepsAlive == expected)
    }

    @Test("knows when a body is announced")
    func body() throws {
        func announces(_ line: String) -> Bool? {
            RequestHeadParser.outcome(of: RequestHeadParserTests.plain + line + "\r\n\r\n").head?.announcesBody
        }
        #expect(announces("Content-Length: 0") == false)
        #expect(announces("Content-Length: 00") == false)
        #expect(announces("Content-Length: 5") == true)
        #expect(announces("Content-Length:\t5 ") == true)
        #expect(announces("Transfer-Encoding: Chunked") == true)
    }

    @Test("holds the limits exactly")
    func limits() {
        func target(_ length: Int) -> HeadOutcome {
            RequestHeadParser.outcome(of: "GET /" + String(repeating: "a", count: length - 1) + " HTTP/1.0\r\n\r\n")
        }
        #expect(target(65_536).head != nil)
        #expect(target(65_537) == .refused(.tooLarge(.target)))

        func line(_ length: Int) -> HeadOutcome {
            RequestHeadParser.outcome(
                of: "GET / HTTP/1.0\r\nA:" + String(repeating: "a", count: length - 2) + "\r\n\r\n")
        }
        #expect(line(65_536).head != nil)
        #expect(line(65_537) == .refused(.tooLarge(.line)))

        func lines(_ count: Int) -> HeadOutcome {
            RequestHeadParser.outcome(of: "GET / HTTP/1.0\r\n" + String(repeating: "A: b\r\n", count: count) + "\r\n")
        }
        #expect(lines(200).head != nil)
        #expect(lines(201) == .refused(.tooLarge(.lines)))

        func whole(_ length: Int) -> String {
            let start = "GET / HTTP/1.0\r\nA: " + String(repeating: "a", count: 40_000) + "\r\nB: "
            return start + String(repeating: "b", count: length - start.utf8.count - 4) + "\r\n\r\n"
        }
        #expect(RequestHeadParser.outcome(of: whole(81_920)).head != nil)
        #expect(RequestHeadParser.outcome(of: whole(81_921)) == .refused(.tooLarge(.head)))
    }

    @Test("does not wait for the end of a head that is beyond the limit already")
    func endless() {
        #expect(
            RequestHeadParser.outcome(of: "GET /" + String(repeating: "a", count: 81_920)) == .refused(.tooLarge(.head))
        )
        #expect(RequestHeadParser.outcome(of: "GET /" + String(repeating: "a", count: 81_900)) == .incomplete)
    }

    @Test("reads one head after the other from the same bytes")
    func pipelined() throws {
        let one = Array("GET /a HTTP/1.1\r\nHost: g\r\n\r\n".utf8)
        let two = Array("GET /b HTTP/1.0\r\n\r\n".utf8)
        var parser = RequestHeadParser()
        let first = try #require(parser.outcome(of: one + two + one.prefix(9)).head)
        #expect(first.byteCount == one.count)
        let second = try #require(parser.outcome(of: two + one.prefix(9)).head)
        #expect(second.target == Array("/b".utf8))
        #expect(parser.outcome(of: Array(one.prefix(9))) == .incomplete)
        #expect(parser.outcome(of: one).head == first)
    }

    @Test("says the same of bytes that arrive one by one, in pieces, or at once")
    func incremental() {
        var generator = HeadGenerator(seed: 7)
        for _ in 0..<2_000 {
            let bytes = generator.next()
            var whole = RequestHeadParser()
            let expected = whole.outcome(of: bytes)
            for step in [1, Int.random(in: 2...40, using: &generator.random)] {
                var parser = RequestHeadParser()
                var outcome = HeadOutcome.incomplete
                var count = 0
                while outcome == .incomplete, count < bytes.count {
                    count = min(count + step, bytes.count)
                    outcome = parser.outcome(of: Array(bytes[..<count]))
                }
                #expect(outcome == expected, "\(String(decoding: bytes, as: UTF8.self).debugDescription)")
            }
        }
    }
}
