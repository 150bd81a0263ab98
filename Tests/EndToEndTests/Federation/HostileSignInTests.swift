internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Through nginx, at a provider that does what a test tells it to.
    @Suite("Signing in at a provider")
    struct HostileSignInTests {
        /// A stack with one provider, or two of them.
        ///
        /// Who comes from there is called alice; nobody here is.
        private static func start(
            _ providers: [(name: String, provider: HostileProvider)], people: [Stack.Person] = [.carol]
        ) async throws -> Stack {
            let folder = try TemporaryFolder()
            let secret = try folder.write(HostileProvider.clientSecret + "\n", to: "secret")
            var settings = Stack.Settings()
            settings.tables = providers.map {
                """
                [[provider]]
                type = "oidc"
                name = "\($0.name)"
                issuer = "\($0.provider.issuer)"
                client_id = "\(HostileProvider.clientID)"
                client_secret = "file:\(secret)"
                allow = "everyone"
                """
            }.joined(separator: "\n")
            let stack = try await Stack.start(settings: settings, people: people)
            withExtendedLifetime(folder) {}
            return stack
        }

        /// What is wrong, what the browser is answered, and the reason in the log.
        struct Wrong: Sendable, CustomTestStringConvertible {
            let behaviour: String
            let status: Int
            let reason: String
            var testDescription: String { "\(reason): \(behaviour.prefix(80))" }

            init(_ behaviour: String, _ status: Int, _ reason: String) {
                (self.behaviour, self.status, self.reason) = (behaviour, status, reason)
            }

            static func id(_ wrong: String, _ reason: String) -> Wrong {
                Wrong("{\"id\":\(wrong)}", 403, "oidc.\(reason)")
            }
        }

        /// One of each kind, since a provider's address may be gone to thirty times in five minutes; the rest is tried without a network.
        private static let wrongs: [Wrong] = [
            .id(#"{"raw":"a.b.c.d.e"}"#, "form"), .id(#"{"header":{"jku":"http://127.0.0.1/"}}"#, "header"),
            .id(#"{"header":{"typ":"at+jwt"}}"#, "type"), .id(#"{"alg":"HS256","signature":"hmac"}"#, "algorithm"),
            .id(#"{"header":{"kid":"../../etc/passwd"}}"#, "key"), .id(#"{"signature":"stranger"}"#, "signature"),
            .id(#"{"claims":{"iss":"https://other.example"}}"#, "issuer"),
            .id(#"{"claims":{"aud":"other"}}"#, "audience"),
            .id(#"{"claims":{"azp":"other"}}"#, "azp"), .id(#"{"claims":{"exp":{"now":-120}}}"#, "expired"),
            .id(#"{"claims":{"iat":{"now":300}}}"#, "issued-at"), .id(#"{"claims":{"nbf":{"now":300}}}"#, "not-before"),
            .id(#"{"claims":{"nonce":"other"}}"#, "nonce"), .id(#"{"claims":{"at_hash":"AAAA"}}"#, "at-hash"),
            .id(#"{"claims":{"auth_time":"now"}}"#, "auth-time"), .id(#"{"payload":"[]"}"#, "claims"),
            .id(#"{"claims":{"sub":null}}"#, "subject"), .id(#"{"claims":{"events":{}}}"#, "events"),
            Wrong(#"{"authorize":{"iss":"https://other.example"}}"#, 403, "oidc.mix-up"),
            Wrong(#"{"minimal":true,"userinfo":{"sub":"mallory"}}"#, 403, "oidc.userinfo"),
            Wrong(#"{"minimal":true,"respond":{"userinfo":{"status":401}}}"#, 403, "oidc.access-token"),
            Wrong(#"{"answer":{"id_token":null}}"#, 403, "oidc.token-answer"),
            Wrong(
                #"{"respond":{"token":{"status":400,"body":"{\"error\":\"invalid_grant\"}"}}}"#, 403, "oidc.code"),
            Wrong(#"{"authorize":{"error":"access_denied"}}"#, 403, ""),
            Wrong(#"{"authorize":{"code":null,"error":"invalid_scope"}}"#, 502, ""),
            Wrong(#"{"secret":"another"}"#, 502, ""),
        ]

        @Test("that is wrong in one thing lets nobody in, and the log says why")
        func wrong() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("hostile", provider)])
            defer { stack.stop() }
            for wrong in Self.wrongs {
                try provider.reset()
                try provider.behave(wrong.behaviour)
                let before = stack.log.utf8.count
                var journey = ProviderJourney(stack, at: "hostile")
                let answer = try journey.signIn(at: provider)
                #expect(answer.status == wrong.status, "\(wrong.testDescription): \(answer.text)")
                #expect(journey.cookies["gatehouse-local"] == nil, "\(wrong.testDescription)")
                let said = await eventually {
                    wrong.reason.isEmpty
                        || String(decoding: stack.log.utf8.dropFirst(before), as: UTF8.self).contains(wrong.reason)
                }
                #expect(said, "\(wrong.testDescription): \(stack.log.suffix(2_000))")
            }
        }

        @Test("of which nothing is wrong signs people in, and ends their sessions when they sign out there")
        func sound() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("house", provider)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            let page = try journey.page("/_gatehouse/login")
            #expect(page.text.contains("/_gatehouse/oidc/house") && page.text.contains("name=\"password\""))
            #expect(try journey.signIn(at: provider).status == 303)
            let session = try #require(journey.cookies["gatehouse-local"])
            let arrival = try stack.arrival("/headers.json", cookie: "gatehouse-local=\(session)")
            #expect(arrival.all("Remote-User") == ["alice"], "\(arrival)")
            let status = try provider.signOut(
                to: "http://127.0.0.1:\(stack.ports.proxy)/_gatehouse/oidc/house/backchannel-logout", host: stack.host)
            #expect(status == 200, "\(stack.log.suffix(2_000))")
            #expect(try stack.page("/reports", cookie: "gatehouse-local=\(session)").status != 200)
        }

        @Test("makes nobody somebody else of the same name")
        func takeOver() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("house", provider)], people: [.alice])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "house")
            #expect(try journey.signIn(at: provider).status == 409)
            #expect(journey.cookies["gatehouse-local"] == nil)
        }

        @Test("keeps people who they are, whatever it says of them later, and makes nobody else one of them")
        func changedClaims() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("house", provider)])
            defer { stack.stop() }
            for changed in ["{}", #"{"preferred_username":"carol","email":"carol@example.com"}"#] {
                try provider.behave("{\"person\":\(changed)}")
                var journey = ProviderJourney(stack, at: "house")
                #expect(try journey.signIn(at: provider).status == 303, "\(changed)")
                let session = try #require(journey.cookies["gatehouse-local"])
                let arrival = try stack.arrival("/headers.json", cookie: "gatehouse-local=\(session)")
                #expect(arrival.all("Remote-User") == ["alice"], "\(changed)")
            }
            // By the name of somebody there, and of somebody here.
            for changed in [#"{"sub":"2"}"#, #"{"sub":"2","preferred_username":"CAROL"}"#] {
                try provider.behave("{\"person\":\(changed)}")
                var journey = ProviderJourney(stack, at: "house")
                #expect(try journey.signIn(at: provider).status == 409, "\(changed)")
                #expect(journey.cookies["gatehouse-local"] == nil)
            }
        }

        @Test(
            "does not take the code of somebody else's sign-in, whether or not it looks at the proof that belongs to a code"
        )
        func injection() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("house", provider)])
            defer { stack.stop() }
            for (behaviour, reason) in [("{}", "oidc.code"), (#"{"no_pkce":true}"#, "oidc.nonce")] {
                try provider.behave(behaviour)
                var victim = ProviderJourney(stack, at: "house")
                var thief = ProviderJourney(stack, at: "house")
                let stolen = try victim.visit(provider, from: try victim.start())
                let own = try thief.visit(provider, from: try thief.start())
                func parameter(_ name: String, _ way: String) throws -> String {
                    let query = try #require(way.split(separator: "?").last)
                    return String(try #require(query.split(separator: "&").first { $0.hasPrefix("\(name)=") }))
                }
                let way = own.replacing(try parameter("code", own), with: try parameter("code", stolen))
                let before = stack.log.utf8.count
                #expect(try thief.page(way, headers: [("Sec-Fetch-Site", "cross-site")]).status == 403)
                #expect(thief.cookies["gatehouse-local"] == nil)
                #expect(
                    await eventually {
                        String(decoding: stack.log.utf8.dropFirst(before), as: UTF8.self).contains("\"\(reason)\"")
                    })
            }
        }

        @Test("leaves nothing in the log that opens anything")
        func secrets() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("hostile", provider)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "hostile")
            let started = try journey.start()
            let back = try journey.visit(provider, from: started)
            _ = try journey.page(back, headers: [("Sec-Fetch-Site", "cross-site")])
            let secrets = try provider.requests(to: "token").flatMap { [$0.form["code"], $0.form["code_verifier"]] }
                .compactMap { $0 }
            let query =
                back.split(separator: "?").last?.split(separator: "&").filter {
                    $0.hasPrefix("state=") || $0.hasPrefix("code=")
                } ?? []
            #expect(secrets.count == 2 && query.count == 2)
            for secret in secrets + query.map({ String($0.drop { $0 != "=" }.dropFirst()) }) {
                #expect(!stack.log.contains(secret))
            }
        }

        @Test("does not take what was begun at another provider, twice, or in another browser")
        func mixedUp() async throws {
            let (one, other) = (try await HostileProvider.start(), try await HostileProvider.start())
            defer {
                one.stop()
                other.stop()
            }
            let stack = try await Self.start([("one", one), ("other", other)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "one")
            let back = try journey.visit(one, from: try journey.start())
            // Another browser's: its cookie is another one.
            var stranger = ProviderJourney(stack, at: "one")
            _ = try stranger.start()
            #expect(try stranger.page(back).status == 403)
            #expect(stranger.cookies["gatehouse-local"] == nil)
            // The record is taken with the first that comes, whoever that is.
            #expect(try journey.page(back).status == 403)
            #expect(try one.requests(to: "token").isEmpty)
            // The address of another provider.
            let second = try journey.visit(one, from: try journey.start())
            #expect(try journey.page(second.replacing("/oidc/one/", with: "/oidc/other/")).status == 403)
            #expect(try one.requests(to: "token").isEmpty && other.requests(to: "token").isEmpty)
            // Twice: the second time nobody is signed in anew, and the code is used no more.
            let third = try journey.visit(one, from: try journey.start())
            #expect(try journey.page(third).status == 303)
            let codes = try one.requests(to: "token").count
            _ = try journey.page(third)
            #expect(try one.requests(to: "token").count == codes)
        }

        @Test("goes on with other keys, and asks for them once a minute")
        func rotatedKeys() async throws {
            let provider = try await HostileProvider.start()
            defer { provider.stop() }
            let stack = try await Self.start([("hostile", provider)])
            defer { stack.stop() }
            var journey = ProviderJourney(stack, at: "hostile")
            #expect(try journey.signIn(at: provider).status == 303)
            let fetched = try provider.requests(to: "jwks").count
            try provider.rotateKeys()
            var again = ProviderJourney(stack, at: "hostile")
            #expect(try again.signIn(at: provider).status == 303)
            #expect(try provider.requests(to: "jwks").count == fetched + 1)
            for _ in 0..<5 {
                try provider.behave(#"{"id":{"header":{"kid":"unheard-of"}}}"#)
                var forged = ProviderJourney(stack, at: "hostile")
                #expect(try forged.signIn(at: provider).status == 403)
            }
            #expect(try provider.requests(to: "jwks").count == fetched + 1)
        }
    }
}

extension Stack {
    /// What the daemon wrote so far.
    fileprivate var log: String { (try? String(contentsOfFile: folder.file("gatehouse.log"), encoding: .utf8)) ?? "" }
}
