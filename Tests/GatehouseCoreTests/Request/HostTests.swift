import GatehouseCore
import Testing

@Suite("Hosts")
struct HostTests {
    @Test(
        "have one form: lower case, no trailing dot",
        arguments: [
            ("app.example.com", "app.example.com"), ("APP.Example.COM", "app.example.com"), ("a.b.", "a.b"),
            ("localhost", "localhost"), ("127.0.0.1", "127.0.0.1"), ("xn--mnchen-3ya.de", "xn--mnchen-3ya.de"),
            ("node_red.Example.test", "node_red.example.test"), ("_x._tcp.example", "_x._tcp.example"),
        ])
    func accepted(text: String, host: String) {
        #expect(Host(text)?.description == host)
    }

    @Test(
        "of any other spelling are none",
        arguments: [
            "", ".", "..", "a..b", ".a", "a b", "a/b", "a\\b", "a@b", "a?b", "a#b", "a\"b", "a,b", "a%2eb",
            "a:80",
            "[::1]", "a\0b", "a\nb", "a\r\nb", "münchen.de", "\u{212A}elvin", "a\u{338}", "a..",
            String(repeating: "a", count: 64), Array(repeating: "abcdefg", count: 32).joined(separator: "."),
        ])
    func refused(text: String) {
        #expect(Host(text) == nil)
    }

    @Test("may have a port of 1 to 65535")
    func ports() {
        func authority(_ text: String) -> Authority? { Authority(parsing: Array(text.utf8).span) }
        #expect(authority("A.example:8443")?.description == "a.example:8443")
        #expect(authority("a.example")?.port == nil)
        for text in [
            "a:", "a:0", "a:65536", "a:+80", "a: 80", "a:80:80", "user@a:80", ":80", "a:8 0", "a:999999", "[::1]:80",
        ] {
            #expect(authority(text) == nil, "\(text)")
        }
    }

    @Test("match a wildcard one label below its domain only")
    func wildcards() throws {
        let pattern = try #require(HostPattern("*.example.com"))
        func matches(_ text: String) throws -> Bool { pattern.matches(try #require(Host(text))) }
        #expect(try matches("app.example.com"))
        #expect(try !matches("example.com"))
        #expect(try !matches("a.b.example.com"))
        #expect(try !matches("badexample.com"))
        for text in ["*", "*.", "*example.com", "a.*.com", "**.example.com", "*.*.com"] {
            #expect(HostPattern(text) == nil)
        }
        #expect(ApplicationHost("app.example.com:8443")?.port == 8_443)
        #expect(ApplicationHost("app.example.com:x") == nil)
    }
}

@Suite("Methods")
struct MethodTests {
    @Test("are known upper-case words; CONNECT and TRACE are refused")
    func methods() {
        for text in ["GET", "HEAD", "POST", "PROPFIND"] { #expect(Method(text)?.description == text) }
        for text in [
            "", "get", "Get", "CONNECT", "TRACE", "GET ", "GET, GET", "G\0T", "FOO", String(repeating: "A", count: 21),
        ] {
            #expect(Method(text) == nil, "\(text)")
        }
    }
}

@Suite("Request targets")
struct RequestTargetTests {
    private func target(_ text: String) -> RequestTarget? { RequestTarget(parsing: Array(text.utf8).span) }

    @Test("split at the first question mark")
    func split() {
        #expect(target("/a?b?c")?.path == Array("/a".utf8))
        #expect(target("/a?b?c")?.query == Array("b?c".utf8))
        #expect(target("/a")?.query == nil)
        #expect(target("/a?")?.query == [])
        #expect(target("/a?x=\\|{^") != nil)
    }

    @Test(
        "start with a slash and hold no blank or control octet",
        arguments: ["", "a", "*", "http://a/", "/a b", "/\n", "/\u{7F}", "/a?b c"])
    func refused(text: String) {
        #expect(target(text) == nil)
    }

    @Test("have a path of at most 4,096 octets")
    func length() {
        #expect(target("/" + String(repeating: "a", count: 4_095)) != nil)
        #expect(target("/" + String(repeating: "a", count: 4_096)) == nil)
    }
}
