import GatehouseCore
import Testing

@testable import GatehousePortal

@Suite("Links to a provider")
struct ProviderLinkTextTests {
    @Test("are addresses of http or https in printable ASCII, as they came")
    func elsewhere() {
        for url in ["https://idp.example/end?a=b&c=%20", "http://127.0.0.1:8080/x"] {
            #expect(Link(elsewhere: url)?.text == url)
        }
        for url in [
            "", "javascript:alert(1)", "data:text/html,x", "//idp.example/", "/login", "https://", "https:idp.example",
            "https://idp.example/\r\nX: y", "https://idp.example/ x", "https://idp.example/\\x",
            "https://idp.example/ä",
            "https://idp.example/" + String(repeating: "a", count: 24_576),
        ] {
            #expect(Link(elsewhere: url) == nil, "\(url.prefix(60))")
        }
    }
}

@Suite("HTML")
struct HTMLTests {
    static let hostile = "\"><script>alert(1)</script><img src=x onerror='x'>&amp;\u{0}\u{8}\u{7F}"

    private func text(_ html: HTML) -> String { String(decoding: html.bytes, as: UTF8.self) }

    @Test("escapes text and attributes")
    func escapes() {
        let escaped =
            "&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x onerror=&#39;x&#39;&gt;&amp;amp;\u{FFFD}\u{FFFD}\u{FFFD}"
        #expect(text(.text(HTMLTests.hostile)) == escaped)
        #expect(text(tag("input", .value(HTMLTests.hostile))) == "<input value=\"\(escaped)\">")
        #expect(text(tag("p") { HTML.name(UTF8Text("<b>")) }) == "<p><bdi>&lt;b&gt;</bdi></p>")
    }

    @Test("keeps everything but ASCII as it is") func unicode() { #expect(text(.text("Ågren 名")) == "Ågren 名") }

    @Test("writes flags, and leaves out those that are not set")
    func flags() {
        #expect(text(tag("input", .flag("required"), .flag("checked", false))) == "<input required>")
    }

    @Test("of every page stays whole with a hostile title, name, address and return address")
    func pages() async throws {
        let portal = try PortalFixture(.domain, title: HTMLTests.hostile)
        portal.backend.become(
            Identity(
                user: UserReference(backend: "test", id: "1"), name: UserName(HTMLTests.hostile),
                displayName: UTF8Text(HTMLTests.hostile), email: UTF8Text(HTMLTests.hostile),
                groups: [GroupName(HTMLTests.hostile)]))
        let signedIn = try await portal.signIn(name: HTMLTests.hostile)
        let session = "\(portal.sessionCookie)=\(try #require(signedIn.cookie(portal.sessionCookie)))"
        let rd = PortalFixture.encoded(
            "https://app.example.com/?q=\(HTMLTests.hostile.filter { $0 > " " && $0 < "\u{7F}" })")
        var bodies = [
            try await portal.signIn(name: HTMLTests.hostile, password: "wrong").body,
            String(decoding: PreRendered.deniedHTML(portal.settings), as: UTF8.self),
        ]
        for path in [
            "/login?rd=\(rd)", "/login?switch=1&rd=\(rd)", "/account", "/logout?rd=\(rd)", "/denied", "/nothing",
        ] {
            bodies.append(try await portal.send(path: path, [("Accept", "text/html"), ("Cookie", session)]).body)
        }
        for body in bodies {
            #expect(!body.contains("<script") && !body.contains("<img src=x") && !body.contains("onerror='"))
            #expect(!body.utf8.contains(0) && !body.utf8.contains(8))
            #expect(body.hasPrefix("<!doctype html>") && body.hasSuffix("</html>\n"))
        }
        #expect(bodies[2].contains("href=\"https://app.example.com/?q=%22%3E%3Cscript%3E"))
    }

    @Test("of the denied page for relaying proxies needs nothing else and is below 16 KiB")
    func alone() throws {
        let body = String(decoding: PreRendered.deniedHTML(try PortalFixture().settings), as: UTF8.self)
        #expect(body.contains("<style>") && body.contains("<svg") && !body.contains("<link") && !body.contains("<img"))
        #expect(!body.contains("</style><style") && body.utf8.count < 16_384)
    }
}
