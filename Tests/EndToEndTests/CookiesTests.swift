internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Gatehouse's own cookies", .enabled(if: Hypercorn.program != nil))
    struct CookiesTests {
        @Test("never reach the application, and all others do octet by octet", arguments: ProxyKind.here)
        func stripped(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy, settings: Stack.Settings(site: .hypercorn))
            defer { stack.stop() }
            let session = try SignIn(stack: stack).cookie(.alice)
            let own = ["-pre", "-pending", "-reset", "-device"].map { "gatehouse-local\($0)=secret" }
            let cases: [([String], String?)] = [
                ([session], nil), ([session + "; a=1"], "a=1"), (["a=1; " + session], "a=1"),
                (["a=1; \(session); b=\"x y\"; c=%3B=,!"], "a=1; b=\"x y\"; c=%3B=,!"),
                (([session] + own).map(\.self), nil),
                ([([session] + own + ["z=1"]).joined(separator: "; ")], "z=1"),
                (["a=1; \(own[0]); b=2; \(session); c=3; \(own[1]); d=4; \(own[2]); e=5"], "a=1; b=2; c=3; d=4; e=5"),
                (["xgatehouse-local=1; \(session); gatehouse-localx=2"], "xgatehouse-local=1; gatehouse-localx=2"),
                (["a=1", session, "b=2"], "a=1; b=2"),
            ]
            for (lines, rest) in cases where lines.count == 1 || kind != .envoy {
                let arrival = try stack.arrival(
                    "/headers.json", headers: lines.map { ("Cookie", $0) } + [("Gatehouse-Cookie", "forged=1")])
                #expect(arrival.all("Cookie").joined(separator: "; ") == rest ?? "", "\(lines)")
                #expect(rest != nil || arrival.all("Cookie").isEmpty, "\(lines)")
                #expect(!arrival.headers.contains { $0.value.contains("forged=1") }, "\(arrival.headers)")
            }
            // Envoy makes one line of several, with commas, in which nobody's session is believed; browsers send one line.
            if case .envoy = kind {
                let lines = ["a=1", session, "b=2"].map { ("Cookie", $0) }
                #expect(try stack.page("/headers.json", headers: lines).status == 302)
            }
            // On a page for anyone as well.
            let open = try stack.arrival("/public/headers.json", cookie: "a=1; \(session); gatehouse-local-pre=x")
            #expect(open.all("Cookie") == ["a=1"])
        }
    }
}
