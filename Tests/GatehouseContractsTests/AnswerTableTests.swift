import GatehouseContracts
import GatehouseCore
import Testing

@Suite("What each kind of client gets")
struct AnswerTableTests {
    private static let url = "https://app.example.com/a%20b?c=d&e=f"
    private static let encoded = "https%3A%2F%2Fapp.example.com%2Fa%2520b%3Fc%3Dd%26e%3Df"

    private static let methods = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PROPFIND"]

    @Test("of nginx: 401 with or without Location, 403 without a body", arguments: Kind.allCases, methods)
    func authRequest(kind: Kind, method: String) throws {
        let ask = Ask.request(AnswerTableTests.url, method: method, kind.headers)
        #expect(try ask.reply(.allow) == .allowed)
        #expect(try ask.reply(.deny) == CheckReply(status: 403))
        #expect(try ask.reply(.unavailable) == CheckReply(status: 503))
        let challenge = try ask.reply(.challenge)
        #expect(challenge.status == 401)
        #expect(text(challenge.location) == expectedLocation(kind, method))
        let head = try #require(text(challenge.head(identityLines: [], body: [])))
        #expect(head.contains("WWW-Authenticate") == (challenge.location == nil))
        #expect(!head.contains("Basic"))
    }

    @Test(
        "of Traefik, Caddy, HAProxy and Envoy: 302 or 303, 401 for programs, 403 with a page",
        arguments: Kind.allCases, methods)
    func relayed(kind: Kind, method: String) throws {
        try judge(Ask.forward("/a%20b?c=d&e=f", method: method, kind.headers), kind, method)
        try judge(Ask.envoy("/a%20b?c=d&e=f", method: method, kind.headers), kind, method)
        try judge(Ask.envoy("/a%20b?c=d&e=f", method: method, pinned: "app", kind.headers), kind, method)
    }

    private func judge(_ ask: Ask, _ kind: Kind, _ method: String) throws {
        #expect(try ask.reply(.allow) == .allowed)
        let denied = try ask.reply(.deny)
        #expect(denied.status == 403)
        let acceptsHTML = kind.headers.contains { $0.name == "Accept" && $0.value.lowercased().contains("text/html") }
        #expect(denied.page == (acceptsHTML ? .deniedHTML : .deniedJSON))
        #expect(
            try ask.reply(.unavailable)
                == CheckReply(status: 503, page: acceptsHTML ? .unavailableHTML : .unavailableJSON))
        let nowhere = try ask.reply(.deny, because: .unknownHost)
        #expect(nowhere == CheckReply(status: 403, page: acceptsHTML ? .unknownHostHTML : .deniedJSON))
        let challenge = try ask.reply(.challenge)
        #expect(challenge.status == (!kind.isNavigation ? 401 : method == "GET" || method == "HEAD" ? 302 : 303))
        #expect(text(challenge.location) == expectedLocation(kind, method))
    }

    private func expectedLocation(_ kind: Kind, _ method: String) -> String? {
        guard kind.isNavigation else { return nil }
        let isRead = method == "GET" || method == "HEAD"
        return "https://auth.example.com/login?rd="
            + (isRead ? AnswerTableTests.encoded : "https%3A%2F%2Fapp.example.com%2F")
    }

    @Test("tells the sign-in page how recent a sign-in has to be, of somebody whose own is too old")
    func within() throws {
        let application = Application(
            name: "app", hosts: ["app.example.com"].compactMap { ApplicationHost($0) },
            rules: [
                Rule(verdict: .deny), Rule(verdict: .allow([.signedIn]), signedInWithin: .seconds(300)),
            ])
        let request = try Ask.request(AnswerTableTests.url, Kind.browser.headers).read().get()
        for (rule, expected) in [(2, "300"), (1, "0"), (nil, "0")] as [(Int?, String)] {
            let decision = Decision(.challenge, Trace(.signedInTooLongAgo, application: "app", rule: rule))
            let reply = CheckReply(decision, to: request, of: application, portal: Ask.login)
            #expect(
                text(reply.location)
                    == "https://auth.example.com/login?switch=1&within=\(expected)&rd=\(AnswerTableTests.encoded)")
        }
        let stranger = Decision(.challenge, Trace(.notSignedIn, application: "app", rule: 2))
        let reply = CheckReply(stranger, to: request, of: application, portal: Ask.login)
        #expect(text(reply.location) == "https://auth.example.com/login?rd=\(AnswerTableTests.encoded)")
    }

    @Test("is a preflight only with OPTIONS, Origin and Access-Control-Request-Method")
    func preflight() throws {
        let origin = (name: "Origin", value: "https://x.example")
        let asked = (name: "Access-Control-Request-Method", value: "PUT")
        for (method, headers, expected) in [
            ("OPTIONS", [origin, asked], true), ("OPTIONS", [origin], false), ("OPTIONS", [asked], false),
            ("GET", [origin, asked], false),
        ] {
            for ask in [
                Ask.request(AnswerTableTests.url, method: method, headers), .forward("/", method: method, headers),
                .envoy("/", method: method, headers),
            ] {
                #expect(try ask.read().get().original.isPreflight == expected)
            }
        }
    }

    @Test("carries the Origin of WebSocket upgrades only; a strange or repeated one is opaque")
    func webSocketOrigin() throws {
        func upgrade(_ headers: [(name: String, value: String)]) throws -> Upgrade {
            let forwarded = try Ask.forward("/ws", headers).read().get().original.upgrade
            #expect(try Ask.request(AnswerTableTests.url, headers).read().get().original.upgrade == forwarded)
            return forwarded
        }
        let webSocket = (name: "Upgrade", value: "websocket")
        let key = (name: "Sec-WebSocket-Key", value: "x")
        let app = (name: "Origin", value: "https://app.example.com")
        let own = Upgrade.webSocket(Origin("https://app.example.com").map(OriginHeader.origin))
        #expect(try upgrade([webSocket]) == .webSocket(nil))
        #expect(try upgrade([app]) == .none)
        #expect(try upgrade([webSocket, app]) == own)
        #expect(try upgrade([("Upgrade", "WebSocket"), key, app]) == own)
        #expect(try upgrade([key, app]) == own)
        #expect(try upgrade([webSocket, app, app]) == .webSocket(.opaque))
        for value in ["null", "", "https://app.example.com/", "app.example.com", "https://a@app.example.com"] {
            #expect(try upgrade([webSocket, ("Origin", value)]) == .webSocket(.opaque))
        }
    }

    @Test("knows every upgrade that is not exactly one WebSocket's as foreign")
    func foreignUpgrade() throws {
        let lists = [
            ["h2c"], ["H2C"], ["TLS/1.0"], ["websocket, h2c"], ["h2c, websocket"], ["websocket", "h2c"],
            ["h2c", "websocket"], ["websocket", "websocket"], ["websocket/13"], ["websocket,"], [""],
        ]
        for values in lists {
            let headers = values.map { (name: "Upgrade", value: $0) }
            for ask in [Ask.request(AnswerTableTests.url, headers), .forward("/", headers), .envoy("/", headers)] {
                #expect(try ask.read().get().original.upgrade == .foreign, "\(values)")
                #expect(try ask.adding("Sec-WebSocket-Key", "x").read().get().original.upgrade == .foreign)
            }
        }
    }

    @Test("takes the pages of Android's web views for navigations, and scripts for none")
    func requestedWith() throws {
        let view = [(name: "X-Requested-With", value: "org.example.app")]
        let page = [(name: "Sec-Fetch-Mode", value: "navigate")]
        let html = [(name: "Accept", value: "text/html")]
        let script = [(name: "X-Requested-With", value: "xmlhttprequest")]
        for (headers, isNavigation) in [
            (view + page, true), (view + html, true), (script + page, true), (script + html, false),
            (view + [("Sec-Fetch-Mode", "cors")] + html, false),
        ] {
            #expect(try Ask.forward("/", headers).read().get().client.isNavigation == isNavigation, "\(headers)")
        }
    }

    @Test("remembers the whole address for as long as it may be, beyond the answer's head by itself")
    func longAddress() throws {
        let prefix = "https://auth.example.com/login?rd=https%3A%2F%2Fapp.example.com%2F"
        func reply(path: Int = 0, query: Int) throws -> CheckReply {
            let url = "https://app.example.com/" + String(repeating: "a", count: path)
            return try Ask.request(
                url + (query > 0 ? "?" + String(repeating: "b", count: query) : ""), Kind.browser.headers
            ).reply(.challenge)
        }
        let room = 3_328 - prefix.utf8.count
        #expect(try reply(path: room, query: 0).location?.count == 3_328)
        #expect(try reply(path: room, query: 0).longReturn == nil)
        let long = try reply(path: room + 1, query: 0)
        #expect(text(long.location) == prefix)
        #expect(text(long.longReturn?.address) == "https://app.example.com/" + String(repeating: "a", count: room + 1))
        let start = "https://app.example.com/?".utf8.count
        #expect(try reply(query: ReturnAddress.maxLength - start).longReturn?.address.count == ReturnAddress.maxLength)
        #expect(try reply(query: ReturnAddress.maxLength - start + 1).longReturn == nil)
        let secret = try #require(SecretToken(octets: Array(repeating: 7, count: 32)))
        let kept = long.returning(by: secret, portal: Ask.login)
        #expect(kept.status == 401)
        #expect(text(kept.location) == "https://auth.example.com/login?rk=\(secret.text)")
    }

    @Test("leads back to the origin of the configuration, whatever the proxy says about scheme and port")
    func origins() throws {
        func location(_ ask: Ask, _ scheme: Scheme, _ hosts: String...) throws -> String? {
            let application = Application(
                name: "app", hosts: hosts.compactMap { ApplicationHost($0) }, scheme: scheme, rules: [])
            let location = text(try ask.reply(.challenge, of: application).location)
            return location?.replacing("https://auth.example.com/login?rd=", with: "")
        }
        let seen = ["https://APP.example.com.:443/x", "http://app.example.com/x", "https://app.example.com:8443/x"]
        for url in seen {
            let asks = [
                Ask.request(url, Kind.browser.headers),
                .forward("/x", host: "app.example.com:8080", scheme: "http", Kind.browser.headers),
            ]
            for ask in asks {
                #expect(try location(ask, .https, "app.example.com") == "https%3A%2F%2Fapp.example.com%2Fx")
                #expect(try location(ask, .https, "app.example.com:443") == "https%3A%2F%2Fapp.example.com%2Fx")
                #expect(try location(ask, .http, "app.example.com") == "http%3A%2F%2Fapp.example.com%2Fx")
                #expect(try location(ask, .https, "*.example.com:9443") == "https%3A%2F%2Fapp.example.com%3A9443%2Fx")
            }
        }
        // Of several entries the one with the port that was written.
        let ask = Ask.request("https://app.example.com:8443/x", Kind.browser.headers)
        #expect(
            try location(ask, .https, "app.example.com", "app.example.com:8443")
                == "https%3A%2F%2Fapp.example.com%3A8443%2Fx")
    }

    @Test("is printable ASCII whatever the client's path and query hold")
    func hostileAddress() throws {
        let ask = Ask.request("https://app.example.com/\u{E9}\\<>\"{}|^`#%0d%0a?\u{202E}'%00#x", Kind.browser.headers)
        let location = try #require(try ask.reply(.challenge).location)
        #expect(location.allSatisfy { $0 > 0x20 && $0 < 0x7F })
        let value = try #require(text(location)).dropFirst("https://auth.example.com/login?rd=".count)
        #expect(value.utf8.allSatisfy { ASCII.isUnreserved($0) || $0 == UInt8(ascii: "%") })
        #expect(value.hasSuffix("%3F%E2%80%AE%27%2500%23x"))
    }

    @Test(
        "has no-store, a length and no identity in every head",
        arguments: [200, 302, 303, 400, 401, 403, 404, 431, 500, 503, 505])
    func heads(status: Int) throws {
        let identity = Array("Remote-User: alice\r\n".utf8)
        let head = try #require(text(CheckReply(status: status).head(identityLines: identity, body: [])))
        let lines = head.split(separator: "\r\n", omittingEmptySubsequences: false)
        #expect(lines[0].hasPrefix("HTTP/1.1 \(status) "))
        #expect(lines.filter { $0 == "Cache-Control: no-store" }.count == 1)
        #expect(lines.filter { $0 == "Content-Length: 0" }.count == 1)
        #expect(!lines.contains { $0.lowercased().hasPrefix("set-cookie") })
        #expect(lines.contains("Remote-User: alice") == (status == 200))
        #expect(head.hasSuffix("\r\n") && !head.hasSuffix("\r\n\r\n"))
    }
}
