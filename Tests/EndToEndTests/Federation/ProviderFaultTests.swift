internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// What goes wrong between the daemon and a provider, through nginx.
    @Suite("A provider that fails")
    struct ProviderFaultTests {
        /// A `[[provider]]` of the stack.
        private struct Table {
            let name: String
            let issuer: String
            var lines = ""

            init(_ name: String, _ provider: HostileProvider, issuer: String? = nil, lines: String = "") {
                self.name = name
                self.issuer = issuer ?? provider.issuer
                self.lines = lines
            }
        }

        private static func start(_ tables: [Table]) async throws -> Stack {
            let folder = try TemporaryFolder()
            let secret = try folder.write(HostileProvider.clientSecret + "\n", to: "secret")
            var settings = Stack.Settings()
            settings.tables = tables.map {
                """
                [[provider]]
                type = "oidc"
                name = "\($0.name)"
                issuer = "\($0.issuer)"
                client_id = "\(HostileProvider.clientID)"
                client_secret = "file:\(secret)"
                allow = "everyone"
                \($0.lines)
                """
            }.joined(separator: "\n")
            let stack = try await Stack.start(settings: settings, people: [.carol])
            withExtendedLifetime(folder) {}
            return stack
        }

        /// What came back of a sign-in for which the provider had let somebody in before it went wrong.
        private static func back(_ stack: Stack, _ provider: HostileProvider, _ behaviour: String) throws -> Answer {
            var journey = ProviderJourney(stack, at: "house")
            let back = try journey.visit(provider, from: try journey.start())
            try provider.behave("{\"respond\":\(behaviour)}")
            let answer = try journey.page(back, headers: [("Sec-Fetch-Site", "cross-site")])
            try provider.behave("{\"respond\":{}}")
            #expect(journey.cookies["gatehouse-local"] == nil, "\(behaviour)")
            return answer
        }

        /// Each with the page that it leads to; between two that count as no answer there is one that does, since after five in a row
        /// nobody is asked.
        private static let answers: [(behaviour: String, status: Int)] = [
            (#"{"token":{"status":302,"redirect":"http://127.0.0.1:1/"}}"#, 502),
            (#"{"token":{"padding":10000000}}"#, 503), (#"{"token":{"type":"text/html"}}"#, 403),
            (#"{"token":{"close":true}}"#, 503), (#"{"token":{"status":500}}"#, 503),
            (#"{"token":{"body":"{\"access_token\":"}}"#, 403), (#"{"token":{"padding":200000,"trickle":3}}"#, 503),
        ]

        @Test("lets nobody in, says so, and disturbs nobody who is in: neither slow, nor with rubbish, nor stopped")
        func failing() async throws {
            let provider = try await HostileProvider.start()
            let absent = try await HostileProvider.start()
            absent.stop()
            defer { provider.stop() }
            // It starts although one of them is not there.
            let stack = try await Self.start([Table("house", provider), Table("absent", absent)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            #expect(try journey.signIn(at: provider).status == 303)
            let session = "gatehouse-local=\(try #require(journey.cookies["gatehouse-local"]))"
            let checks = SteadyChecks(stack, "/reports", cookie: session)
            #expect(await eventually { checks.answered > 200 })

            checks.enter("absent")
            var other = ProviderJourney(stack, at: "absent")
            Self.expectOutage(try other.start())
            #expect(await eventually { stack.said(["event": "unavailable", "provider": "absent"]) })

            checks.enter("wrong answers")
            for (behaviour, status) in Self.answers {
                let answer = try Self.back(stack, provider, behaviour)
                #expect(answer.status == status, "\(behaviour): \(answer.text)")
                if status == 503 { Self.expectOutage(answer) }
            }

            checks.enter("hanging")
            var slow = ProviderJourney(stack, at: "house")
            let way = try slow.visit(provider, from: try slow.start())
            provider.freeze()
            Self.expectOutage(try slow.page(way, headers: [("Sec-Fetch-Site", "cross-site")]))
            provider.thaw()
            var again = ProviderJourney(stack, at: "house")
            #expect(try again.signIn(at: provider).status == 303, "it is back")

            checks.enter("stopped")
            try await Self.expectHeldBack(stack, provider)
            #expect(await eventually { checks.answered > 200 })
            let arrival = try stack.arrival("/headers.json", cookie: session)
            #expect(arrival.all("Remote-User") == ["alice"])
            #expect(stack.isReady)
            // Passwords are none of its business, and its button stays.
            #expect(try SignIn(stack: stack).cookie(.carol).isEmpty == false)
            var visitor = ProviderJourney(stack, at: "house")
            #expect(try visitor.page("/_gatehouse/login").text.contains("/_gatehouse/oidc/house"))
            #expect(await checks.stop() == [])
        }

        private static func expectOutage(_ answer: Answer, location: SourceLocation = #_sourceLocation) {
            #expect(answer.status == 503 && answer.header("Retry-After") == "5", sourceLocation: location)
            #expect(answer.text.contains("does not answer"), "\(answer.text)", sourceLocation: location)
        }

        /// Five answers that never came are enough: the sixth is not waited for.
        private static func expectHeldBack(_ stack: Stack, _ provider: HostileProvider) async throws {
            var away: [(journey: ProviderJourney, way: String)] = []
            for _ in 0..<6 {
                var journey = ProviderJourney(stack, at: "house")
                away.append((journey: journey, way: ""))
                away[away.count - 1].way = try journey.visit(provider, from: try journey.start())
                away[away.count - 1].journey = journey
            }
            provider.stop()
            for index in away.indices {
                expectOutage(try away[index].journey.page(away[index].way, headers: [("Sec-Fetch-Site", "cross-site")]))
            }
            #expect(
                stack.said(
                    ["event": "unavailable", "provider": "house"], "not asked, since the provider gave no answers"))
            #expect(try stack.metrics().contains("gatehouse_provider_up{provider=\"house\"} 0"))
        }

        @Test("calls itself otherwise than it is configured: nobody is sent there, and the log has the line to change")
        func issuers() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([Table("house", provider, issuer: provider.issuer + "/")])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            let answer = try journey.start()
            #expect(answer.status == 502 && answer.text.contains("not set up"), "\(answer.text)")
            #expect(
                await eventually {
                    stack.said(["reason": "misconfigured"], "\(provider.issuer)/", "a slash at the end included")
                })
            #expect(try provider.requests(to: "authorize").isEmpty)
            // Somebody else's document, at the right place.
            let other = try await HostileProvider.start()
            defer { other.stop() }
            try other.behave(#"{"discovery":{"issuer":"https://other.example"}}"#)
            let second = try await Self.start([Table("house", other)])
            defer { second.stop() }
            var visitor = ProviderJourney(second, at: "house")
            #expect(try visitor.start().status == 502)
            #expect(await eventually { second.said(["reason": "misconfigured"], "https://other.example") })
        }

        @Test("has to prove by a certificate who it is: one that is trusted, of its own name, in its time")
        func certificates() async throws {
            let own = try TestCertificates(isForMachine: false)
            let misnamed = try TestCertificates(for: "other.example", isForMachine: false)
            let expired = try TestCertificates(isForMachine: false, days: -1)
            let good = try await HostileProvider.start(certificates: own)
            let rest = [
                ("untrusted", try await HostileProvider.start(certificates: own), ""),
                (
                    "misnamed", try await HostileProvider.start(certificates: misnamed),
                    "ca_file = \"\(misnamed.authority)\""
                ),
                (
                    "expired", try await HostileProvider.start(certificates: expired),
                    "ca_file = \"\(expired.authority)\""
                ),
            ]
            defer { for provider in [good] + rest.map(\.1) { provider.stop() } }
            let stack = try await Self.start(
                [Table("good", good, lines: "ca_file = \"\(own.authority)\"")]
                    + rest.map { Table($0.0, $0.1, lines: $0.2) })
            defer { stack.stop() }
            for (name, provider, _) in rest {
                var journey = ProviderJourney(stack, at: name)
                Self.expectOutage(try journey.start())
                #expect(
                    await eventually { stack.said(["event": "unavailable", "provider": "\(name)"], "certificate") },
                    "\(name): \(stack.logs)")
                #expect(try provider.requests().isEmpty, "\(name) was told something")
            }
            var journey = ProviderJourney(stack, at: "good")
            let address = try #require(try journey.start().header("Location"))
            let visit = """
                import http.client, ssl, sys, urllib.parse
                parts = urllib.parse.urlsplit(sys.argv[1])
                link = http.client.HTTPSConnection(parts.hostname, parts.port, context=ssl.create_default_context(cafile=sys.argv[2]))
                link.request("GET", parts.path + "?" + parts.query)
                print(link.getresponse().headers["Location"])
                """
            let visited = try Tools.run("python3", ["-c", visit, address, own.authority]).output
            let range = try #require(visited.range(of: stack.host), "\(address): \(visited)")
            let way = visited[range.upperBound...].trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(try journey.page(way, headers: [("Sec-Fetch-Site", "cross-site")]).status == 303, "\(stack.logs)")
            #expect(journey.cookies["gatehouse-local"] != nil)
        }

        @Test("has other keys from now on: a stranger's invented ones do not keep a sign-in from fetching them")
        func strangers() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([Table("house", provider)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            #expect(try journey.signIn(at: provider).status == 303)
            let session = "gatehouse-local=\(try #require(journey.cookies["gatehouse-local"]))"
            let fetched = try provider.requests(to: "jwks").count
            try provider.behave(#"{"logout":{"header":{"kid":"unheard-of"}}}"#)
            for _ in 0..<10 {
                let status = try provider.signOut(
                    to: "http://127.0.0.1:\(stack.ports.proxy)/_gatehouse/oidc/house/backchannel-logout",
                    host: stack.host)
                #expect(status == 400)
            }
            #expect(try provider.requests(to: "jwks").count == fetched + 1)
            try provider.rotateKeys()
            var again = ProviderJourney(stack, at: "house")
            #expect(try again.signIn(at: provider).status == 303, "\(stack.logs)")
            #expect(try provider.requests(to: "jwks").count == fetched + 2)
            #expect(try stack.page("/reports", cookie: session).status == 200)
        }
    }
}

extension Stack {
    /// Whether a line of the log has these members, and these words somewhere.
    fileprivate func said(_ members: [String: String], _ words: String...) -> Bool {
        let log = (try? String(contentsOfFile: folder.file("gatehouse.log"), encoding: .utf8)) ?? ""
        let all = members.map { "\"\($0.key)\":\"\($0.value)\"" } + words
        return log.split(separator: "\n").contains { line in all.allSatisfy(line.contains) }
    }
}
