import GatehouseContracts
import GatehouseCore
import Testing

@Suite("What each contract reads")
struct ContractInputTests {
    @Test(
        "is an endpoint or 404",
        arguments: [
            ("/auth/request", .authRequest, nil), ("/auth/forward", .forwardAuth, nil),
            ("/auth/request?x=/auth/forward", .authRequest, nil), ("/auth/request/app-1_B", .authRequest, "app-1_B"),
            ("/auth/forward/app?app=other", .forwardAuth, "app"),
            ("/auth/forward/" + String(repeating: "a", count: 64), .forwardAuth, String(repeating: "a", count: 64)),
            ("/auth/envoy/", .extAuthz, nil), ("/auth/envoy//a/../b?x=%2F", .extAuthz, nil),
            ("/auth/envoy/request/app", .extAuthz, nil), ("/auth/envoy-app/app/", .extAuthz, "app"),
            ("/auth/envoy-app/app//x?/y", .extAuthz, "app"),
        ] as [(String, Contract, String?)])
    func endpoints(target: String, contract: Contract, pinned: String?) throws {
        let endpoint = try #require(self.endpoint(target))
        #expect(endpoint.contract == contract)
        #expect(endpoint.pinned == pinned.map { ApplicationName($0) })
    }

    @Test(
        "is never guessed from a target that is no endpoint",
        arguments: [
            "/", "/auth", "/auth/", "/auth/requests", "/auth/request/", "/auth/request//", "/auth/request/a/b",
            "/auth/request/a.b",
            "/auth/request/%61", "/AUTH/request", "/auth//request", "/auth/./request", "/auth/envoy", "/auth/envoy?/x",
            "/auth/envoy*", "/auth/envoys/x", "/auth/envoy-app", "/auth/envoy-app/", "/auth/envoy-app/x",
            "/auth/envoy-app/x?/", "/auth/envoy-app//", "/auth/envoy-app/%61/", "/auth/forward#", "/auth/forward/é",
            "?/auth/forward", "",
            "/auth/forward/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa",
        ])
    func noEndpoint(target: String) { #expect(endpoint(target) == nil) }

    private static let request = ["X-Original-Method", "X-Original-URL"]
    private static let forward = ["X-Forwarded-Method", "X-Forwarded-Proto", "X-Forwarded-Host", "X-Forwarded-Uri"]

    @Test("is refused with 400 and the header's name if a header is missing, empty or repeated")
    func required() throws {
        for (ask, names) in [
            (Ask.request("https://app.example.com/"), ContractInputTests.request),
            (Ask.forward("/"), ContractInputTests.forward),
        ] {
            _ = try ask.read().get()
            for name in names {
                let value = try #require(ask.headers.first { $0.name == name }?.value)
                let field = try #require(RequestHead.Field.allCases.first { $0.name.description == name })
                for broken in [ask.removing(name), ask.setting(name, to: ""), ask.setting(name, to: " \t ")] {
                    let refused = try #require(try failure(broken))
                    #expect(refused.cause == .missing(field))
                    #expect(refused.status == 400)
                }
                // Doubled: equal, different, empty; I4 also asks for values joined by commas.
                for other in [value, "x", ""] {
                    let refused = try #require(try failure(ask.adding(name, other)))
                    #expect(refused.cause == .repeated(field))
                    #expect(refused.status == 400)
                    #expect(refused.part.name.description == name)
                }
                #expect(
                    try failure(ask.setting(name, to: "\(value),\(value)")) != nil || name == "X-Forwarded-Uri"
                        || name == "X-Original-URL")
                #expect(try failure(ask.setting(name, to: "\(value), \(value)")) != nil)
            }
        }
    }

    @Test("takes X-Forwarded-For once, parsed; without it the client is unknown, and never the proxy")
    func forwardedFor() throws {
        for ask in [Ask.request("https://app.example.com/"), .forward("/"), .envoy("/")] {
            #expect(try ask.read().get().clientAddress == IPAddress("192.0.2.9").map(ClientAddress.known))
            #expect(
                try ask.removing("X-Forwarded-For").read().get().clientAddress == .unknown)
            var unix = ask.removing("X-Forwarded-For")
            unix.peer = nil
            #expect(try unix.read().get().clientAddress == .unknown)
            for value in ["", "unknown", "192.0.2.9,", "300.1.1.1", "a, b", "192.0.2.9;", "_hidden"] {
                let refused = try #require(try failure(ask.setting("X-Forwarded-For", to: value)))
                #expect(refused.cause == .malformed(.xForwardedFor))
                #expect(refused.status == 400)
            }
            let refused = try #require(try failure(ask.adding("X-Forwarded-For", "192.0.2.9")))
            #expect(refused.cause == .repeated(.xForwardedFor))
        }
    }

    @Test(
        "splits X-Original-URL by grammar: the client's own tricks are 403",
        arguments: [
            "https://", "http://public.example?x/admin", "http://public.example#/admin", "http://h@evil/",
            "http://user:pw@app.example.com/",
            "http://app.example.com\\@evil/", "http://app.example.com\\/x", "http://app.example.com", "http:///x",
            "http://[::1]/",
            "http://[::1]:80/x", "http://app.example.com:0/", "http://app.example.com:99999/",
            "http://app.example.com:/",
            "http://app.example.com:+80/", "http://app.example.com:080000/", "http://app..example.com/",
            "http://.example.com/",
            "http://app.example.com../", "http://app.example.com%2f/",
            "http://caf\u{E9}.example/",
            "http://\u{212A}.example/", "http://app.example.com/a b", "http://app.example.com /",
            "http:// app.example.com/",
            "http://app.example.com/a\tb", "http://" + String(repeating: "a", count: 64) + ".example/",
            "http://*.example.com/",
            "http://app.example.com,app.example.com/", "http://app.example.com/" + String(repeating: "a", count: 4_096),
        ])
    func hostileURL(url: String) throws {
        let refused = try #require(try failure(.request(url)))
        #expect(refused.cause == .client(.xOriginalURL, contract: .authRequest))
        #expect(refused.status == 403)
    }

    @Test(
        "finds no scheme in what the proxy's configuration got wrong: 400",
        arguments: [
            "/x", "app.example.com/x", "ftp://h/x", "://h/x", "http:/h/x", "https:h", "httpss://h/", "http//h/",
        ])
    func noURL(url: String) throws {
        let refused = try #require(try failure(.request(url)))
        #expect(refused.cause == .malformed(.xOriginalURL))
        #expect(refused.status == 400)
    }

    @Test(
        "takes equal spellings of a host as one",
        arguments: [
            "app.example.com", "APP.Example.COM", "app.example.com.", "app.example.com:8443", "App.example.com.:1",
        ])
    func hosts(host: String) throws {
        let expected = Host("app.example.com")
        #expect(try Ask.request("https://\(host)/x?y").read().get().original.authority.host == expected)
        #expect(try Ask.forward("/x?y", host: host).read().get().original.authority.host == expected)
    }

    @Test("keeps path and query apart and raw")
    func targets() throws {
        let path = "/a//b/../%61;x\\#'\u{E9}"
        // What no request line may hold reaches nobody behind Envoy.
        let plain = "/a//b/../%61;x'|\\"
        for (ask, path) in [
            (Ask.request("HTTPS://app.example.com\(path)?q?r/"), path), (.forward("\(path)?q?r/"), path),
            (.envoy("\(plain)?q?r/"), plain), (.envoy("\(plain)?q?r/", pinned: "app"), plain),
        ] {
            let target = try ask.read().get().original.target
            #expect(target.path == Array(path.utf8))
            #expect(target.query == Array("q?r/".utf8))
        }
        #expect(try Ask.forward("/x").read().get().original.target.query == nil)
        #expect(try Ask.forward("/x?").read().get().original.target.query == [])
    }

    @Test("refuses the client's method, host or target on /auth/forward with 400")
    func forwardGrammar() throws {
        let ask = Ask.forward("/")
        for (name, values, field) in [
            (
                "X-Forwarded-Method", ["get", "CONNECT", "TRACE", "FOO", "GET POST", "G\u{212A}T"],
                RequestHead.Field.xForwardedMethod
            ),
            ("X-Forwarded-Host", ["h@evil", "[::1]", "a/b", "a b", "h:0", "h:65536", "h\\x"], .xForwardedHost),
            ("X-Forwarded-Uri", ["x", "*", "http://h/x", "/a b", "/a\tb", "?x"], .xForwardedURI),
        ] {
            for value in values {
                let refused = try #require(try failure(ask.setting(name, to: value)))
                #expect(refused.cause == .client(field, contract: .forwardAuth))
                #expect(refused.status == 400)
            }
        }
        for value in ["ftp", "https,http", "https://", "h2c"] {
            #expect(try failure(ask.setting("X-Forwarded-Proto", to: value))?.cause == .malformed(.xForwardedProto))
        }
        for (value, scheme) in [("HTTPS", Scheme.https), ("wss", .https), ("ws", .http), ("http", .http)] {
            #expect(try ask.setting("X-Forwarded-Proto", to: value).read().get().original.scheme == scheme)
        }
        #expect(try failure(.request("https://h/", method: "TRACE"))?.status == 403)
    }

    @Test("refuses the client's method, host or target on /auth/envoy with 400")
    func envoyGrammar() throws {
        for (ask, part) in [
            (Ask.envoy("/", method: "CONNECT"), Refused.Part.method), (.envoy("/", method: "TRACE"), .method),
            (.envoy("/", method: "FOO"), .method), (.envoy("/", host: "h@evil"), .header(.host)),
            (.envoy("/", host: "a.b:0"), .header(.host)),
            (.envoy("/" + String(repeating: "a", count: 4_096)), .target),
        ] {
            let refused = try #require(try failure(ask))
            #expect(refused.cause == .client(part, status: 400))
            #expect(refused.status == 400)
        }
        let ask = Ask.envoy("/")
        for value in ["ftp", "https,http", "wss", "h2c"] {
            #expect(try failure(ask.setting("X-Forwarded-Proto", to: value))?.cause == .malformed(.xForwardedProto))
        }
        for broken in [ask.removing("X-Forwarded-Proto"), ask.setting("X-Forwarded-Proto", to: "")] {
            #expect(try failure(broken)?.cause == .missing(.xForwardedProto))
        }
        #expect(try failure(ask.adding("X-Forwarded-Proto", "http"))?.cause == .repeated(.xForwardedProto))
        for method in ["GET", "HEAD", "POST", "OPTIONS", "PROPFIND"] {
            #expect(try Ask.envoy("/", method: method).read().get().original.method == Method(method))
        }
    }

    @Test("reads nothing else: any other header changes nothing")
    func readsOnlyItsInputs() throws {
        let strangers = [
            ("X-Original-URL", "https://admin.example.com/"), ("X-Original-Method", "POST"),
            ("X-Forwarded-Method", "POST"),
            ("X-Forwarded-Proto", "http"), ("X-Forwarded-Host", "admin.example.com"), ("X-Forwarded-Uri", "/admin"),
            ("X-Rewrite-URL", "/admin"), ("X-Original-URI", "/admin"), ("X-Real-IP", "127.0.0.1"),
            ("Forwarded", "for=127.0.0.1;host=admin.example.com"), ("X-HTTP-Method-Override", "DELETE"),
            ("X-Forwarded-User", "admin"), ("Remote-User", "admin"), ("X-Forwarded-Port", "1"), ("Via", "1.1 x"),
            ("Authorization", "Basic eDp5"), ("X-Forwarded-Prefix", "/x"), ("X-Forwarded-Scheme", "http"),
            ("X_Forwarded_For", "127.0.0.1"), ("True-Client-IP", "127.0.0.1"), ("User-Agent", "ELB-HealthChecker/2.0"),
        ]
        for (ask, own) in [
            (Ask.request("https://app.example.com/x?y", Kind.browser.headers), ContractInputTests.request),
            (Ask.forward("/x?y", Kind.browser.headers), ContractInputTests.forward),
            (Ask.envoy("/x?y", Kind.browser.headers), ["X-Forwarded-Proto"]),
        ] {
            let before = try ask.read().get()
            for (name, value) in strangers where !own.contains(name) {
                let after = try ask.adding(name, value).read().get()
                #expect(described(after) == described(before), "\(name)")
                for outcome in [Decision.Outcome.allow, .challenge, .deny, .unavailable] {
                    let reply = try ask.reply(outcome)
                    #expect(try ask.adding(name, value).reply(outcome) == reply)
                }
            }
        }
    }

    @Test("finds the session cookie in several lines and among values that are none, never after a comma")
    func cookies() throws {
        let one = String(repeating: "A", count: 43)
        let two = "B" + String(repeating: "A", count: 42)
        func token(_ lines: String...) throws -> Bool {
            let ask = Ask.forward("/", lines.map { ("Cookie", $0) })
            return try ask.read().get().credential != .none
        }
        #expect(try token("__Host-gatehouse=\(one)"))
        #expect(try token("a=b; __Host-gatehouse=\(one) ; c=d"))
        #expect(try token("a=b", "__Host-gatehouse=\(one)"))
        #expect(try token("__Host-gatehouse=\(one)", "__Host-gatehouse=\(one)"))
        #expect(try token("__Host-gatehouse=\(one)", "__Host-gatehouse=\(two)"))
        #expect(try token("__Host-gatehouse=\(one); __Host-gatehouse=x"))
        #expect(try !token("a=b, __Host-gatehouse=\(one)"))
        #expect(try !token("__Host-gatehouse=\(one), __Host-gatehouse=\(two)"))
        #expect(try !token("__Host-gatehouse=\(one); a=b,__Host-gatehouse=\(one)"))
        #expect(try !token("__host-gatehouse=\(one)"))
        #expect(try !token("x__Host-gatehouse=\(one)"))
        #expect(try !token("__Host-gatehouse=\"\(one)\""))
        #expect(try !token("__Host-gatehouse=\(one)A"))
        #expect(try !token("__Host-gatehouse=" + String(repeating: "A", count: 42) + "B"))
    }

    private func endpoint(_ target: String) -> Endpoint? { Endpoint(target: Array(target.utf8).span) }

    private func failure(_ ask: Ask) throws -> Refused? {
        if case .failure(let refused) = try ask.read() { refused } else { nil }
    }

    private func described(_ request: CheckRequest) -> String {
        "\(request.contract) \(request.original) \(request.credential) \(request.client) \(request.clientAddress)"
    }
}
