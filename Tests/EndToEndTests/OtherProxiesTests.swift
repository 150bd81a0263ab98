internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Behind other proxies with the shipped files")
    struct OtherProxiesTests {
        @Test("Caddy: challenge, allow, deny, and no forged header")
        func caddy() async throws { try await smoke(Caddy()) }

        @Test("HAProxy: challenge, allow, deny, and no forged header")
        func haproxy() async throws { try await smoke(HAProxy()) }

        @Test("Traefik: challenge, allow, deny, and no forged header", .enabled(if: Traefik.binary != nil))
        func traefik() async throws { try await smoke(Traefik()) }

        @Test("Envoy: challenge, allow, deny, and no forged header", .enabled(if: Envoy.binary != nil))
        func envoy() async throws { try await smoke(Envoy()) }

        @Test(
            "say in words that a store is away",
            arguments: ProxyKind.here.filter { if case .nginx = $0 { false } else { true } })
        func storeAway(kind: ProxyKind) async throws {
            let stack = try await Stack.start(kind.proxy, stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            try stack.redis.kill()
            let page = try stack.page("/headers.json", cookie: cookie)
            #expect(page.status == 503, "\(stack.logs)")
            #expect(page.text.contains("a part of this site does not answer"), "\(page.text)")
            let program = try Exchange.get(
                "/headers.json", host: stack.host, port: stack.ports.proxy, headers: [("Cookie", cookie)])
            #expect(program.status == 503 && program.text.contains("\"unavailable\""), "\(program.text)")
        }

        /// `away` is what everybody gets where Gatehouse does not answer.
        func smoke(_ proxy: any ShippedProxy, away: ClosedRange<Int> = 500...599) async throws {
            let stack = try await Stack.start(proxy)
            defer { stack.stop() }
            let site = "http://\(stack.host)"

            let stranger = try stack.page("/reports?a=1&b=2")
            #expect(stranger.status == 302, "\(stack.logs)")
            #expect(
                stranger.header("Location")?.hasPrefix("\(site)/_gatehouse/login?rd=http%3A%2F%2Flocalhost") == true)
            #expect(stranger.header("Location")?.contains("a%3D1%26b%3D2") == true)
            #expect(stranger.header("Cache-Control") == "no-store")
            let program = try Exchange.get("/reports", host: stack.host, port: stack.ports.proxy)
            #expect(program.status == 401)
            #expect(program.header("WWW-Authenticate") != nil)
            let form = try Exchange.post("/reports", host: stack.host, port: stack.ports.proxy, body: "a=b")
            #expect(form.status == 401)

            let cookie = try SignIn(stack: stack).cookie(.alice)
            let arrival = try stack.arrival("/deep/headers.json?x=%2F", cookie: cookie)
            #expect(arrival.path == "/deep/headers.json?x=%2F")
            for (name, value) in Forgery.truthOfAlice { #expect(arrival.all(name) == [value]) }
            let posted = try Exchange.post(
                "/headers.json", host: stack.host, port: stack.ports.proxy, headers: [("Cookie", cookie)], body: "a=b")
            #expect(posted.status == 200)
            #expect(try Arrival(posted).method == "POST")

            let denied = try stack.page("/finance/", cookie: cookie)
            #expect(denied.status == 403)
            #expect(denied.text.contains("no access"))
            for name in Forgery.names { #expect(denied.all(name).isEmpty) }

            try Forgery.check(stack, path: "/headers.json", cookie: cookie, truth: Forgery.truthOfAlice)
            try Forgery.check(stack, path: "/public/headers.json", cookie: nil, truth: [:])
            // The address that is judged is the proxy's word, not the client's.
            for lines in [
                [("X-Forwarded-Uri", "/public/x")], [("X-Forwarded-Method", "OPTIONS")],
                [("X-Original-URL", "\(site)/public/x")],
                [("X-Forwarded-Host", "public.example.com")], [("X-Forwarded-Proto", "https")],
            ] {
                #expect(try stack.page("/finance/", cookie: cookie, headers: lines).status == 403, "\(lines)")
                #expect(try stack.page("/reports", headers: lines).status == 302, "\(lines)")
            }

            try await rush(stack)

            // All of `Host` counts, and what is no authority is nobody's. (Caddy's own answer for hosts it does not have is empty.)
            for host in [
                "evil:1,\(stack.host)", "evil.example, \(stack.host)", "\(stack.host),evil.example",
                "evil@\(stack.host)",
            ] {
                let answer = try Exchange.get(
                    "/headers.json", host: host, port: stack.ports.proxy, headers: [("Cookie", cookie)])
                let isRefused = [400, 403, 404, 421].contains(answer.status)
                #expect(isRefused || answer.status == 200 && answer.body.isEmpty, "\(host): \(answer.status)")
            }

            stack.gatehouse.signal(9)
            stack.gatehouse.waitForExit()
            #expect(away.contains(try stack.page("/reports", cookie: cookie).status))
        }

        /// Many at once: what a proxy runs for each request must bear its threads.
        private func rush(_ stack: Stack) async throws {
            let answers = try await withThrowingTaskGroup(of: [Int].self) { group in
                for _ in 0..<8 {
                    group.addTask { try (0..<100).map { _ in try stack.page("/reports").status } }
                }
                return try await group.reduce(into: []) { $0 += $1 }
            }
            #expect(answers == Array(repeating: 302, count: 800))
            #expect(stack.proxy.isRunning, "\(stack.logs)")
        }
    }
}
