internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The parts of nginx's configuration")
    struct NginxPartsTests {
        /// Two applications that tell who the user is under different names.
        private static let two = Stack.Settings(
            host: "gate.localhost",
            tables: """
                [cookie]
                domain = "gate.localhost"
                [[application]]
                name = "second"
                hosts = ["second.gate.localhost"]
                scheme = "http"
                headers = { user = "X-User" }
                  [[application.rule]]
                  allow = ["anyone"]
                """)

        @Test("clear the names that any application uses, in every location")
        func secondApplication() async throws {
            let stack = try await Stack.start(settings: Self.two)
            defer { stack.stop() }
            let cookie = [("Cookie", try SignIn(stack: stack).cookie(.alice))]
            let forged = [("X-User", "mallory"), ("Remote-User", "mallory"), ("x-user", "mallory")]
            for (host, lines, remoteUser, xUser) in [
                (stack.host, cookie, ["alice"], []), (stack.host, [], [], []),
                ("second.\(stack.host)", cookie, [], ["alice"]), ("second.\(stack.host)", [], [], []),
            ] {
                let answer = try Exchange.get(
                    "/public/headers.json", host: host, port: stack.ports.proxy, headers: lines + forged)
                let arrival = try Arrival(answer)
                #expect(arrival.all("Remote-User") == remoteUser, "\(host) \(lines)")
                #expect(arrival.all("X-User") == xUser, "\(host) \(lines)")
            }
        }

        @Test("prove each other: without one of them nothing reaches an application that says yes to everything")
        func eachMissing() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let open = "location / { proxy_pass http://app; }"
            let elsewhere = "server { listen 127.0.0.1:\(try FreePort.any()); include gatehouse-server.conf; }"
            let part = "include gatehouse-location.conf;"

            // Nothing of it is there by accident.
            let noHTTP = try Trial(Nginx(), in: stack) {
                $0["gatehouse-http.conf"] = "upstream other { server 127.0.0.1:1; }"
            }
            #expect(noHTTP.process == nil)
            let noServer = try Trial(Nginx(server: ""), in: stack)
            #expect(noServer.process == nil)
            #expect(noServer.log.contains("unknown \"gatehouse_server\" variable"), "\(noServer.log)")

            // Another server has it, this one has not: the location refuses.
            try closed(Nginx(server: "", more: elsewhere), 503, stack, cookie)
            // The server has it, the location has not.
            try closed(Nginx(locations: open), 500, stack, cookie)
            // A location with header lines of its own, inside of one that is protected.
            try closed(
                Nginx(
                    locations: """
                        location / {
                            \(part)
                            location ~ headers { proxy_set_header Host $host; proxy_pass http://app; }
                            proxy_pass http://app;
                        }
                        """), 500, stack, cookie)
            // A location that a protected one hands the request on to.
            for handing in ["try_files /nowhere @app;", "error_page 418 = @app; proxy_pass http://127.0.0.1:1;"] {
                let trial = try Trial(
                    Nginx(
                        locations: """
                            location / { \(part) \(handing) }
                            location @app { proxy_set_header Host $host; proxy_pass http://app; }
                            """), in: stack)
                defer { trial.stop() }
                let answer = try stack.page("/public/headers.json", headers: [("Remote-User", "mallory")])
                #expect(answer.status >= 500, "\(handing): \(answer.text)")
            }
        }

        @Test("let a location of the protected server be open only where it says so")
        func open() async throws {
            let proxy = Nginx(
                locations: """
                    location / { include gatehouse-location.conf; proxy_pass http://app; }
                    location /open/ { auth_request off; proxy_pass http://app; }
                    """)
            let stack = try await Stack.start(proxy)
            defer { stack.stop() }
            #expect(try stack.page("/open/headers.json").status == 200)
            #expect(try stack.page("/headers.json").status == 303)
        }

        @Test("show a page of the portal where a check brings no decision, and one of their own where nobody answers")
        func failedCheck() async throws {
            let stack = try await Stack.start(stores: .redis)
            defer { stack.stop() }
            let cookie = try SignIn(stack: stack).cookie(.alice)
            let faulty = try FreePort.any()
            // The application's own fault is not the check's, not even where nginx takes its errors over.
            let own = try Trial(
                Nginx(
                    locations: """
                        location / {
                            include gatehouse-location.conf;
                            proxy_intercept_errors on;
                            proxy_pass http://127.0.0.1:\(faulty);
                        }
                        """,
                    more: "server { listen 127.0.0.1:\(faulty); return 500; }"), in: stack)
            let broken = try stack.page("/headers.json", cookie: cookie)
            own.stop()
            #expect(broken.status == 500 && broken.text.contains("<center>nginx"), "\(broken.text)")
            let again = try Trial(Nginx(), in: stack)
            defer { again.stop() }
            try stack.redis.kill()
            let away = try stack.page("/headers.json", cookie: cookie)
            #expect(away.status == 503 && away.text.contains("Not available at the moment"), "\(away.text)")
            #expect(away.text.contains(", request <code>") && away.text.contains("Try again"))

            // The check refuses the proxy's question.
            again.stop()
            let wrong = try Trial(Nginx(), in: stack) {
                $0["gatehouse-server.conf"] = $0["gatehouse-server.conf"]?
                    .replacing(
                        "proxy_set_header X-Forwarded-For   $gatehouse_client;",
                        with: "proxy_set_header X-Forwarded-For unknown;", maxReplacements: 1)
            }
            let refused = try stack.page("/headers.json", cookie: cookie)
            wrong.stop()
            #expect(refused.status == 500 && refused.text.contains("Something is wrong with this site"))

            let trial = try Trial(Nginx(), in: stack)
            defer { trial.stop() }
            Server.stop(stack.gatehouse)
            for path in ["/headers.json", "/public/headers.json"] {
                let gone = try stack.page(path, cookie: cookie)
                #expect(
                    gone.status == 503 && gone.text.contains("the service that knows does not answer"), "\(gone.text)")
                #expect(!gone.text.contains("\"headers\""))
            }
        }

        /// Expects a status for strangers and for Alice, forged headers or none, and nothing from the application.
        private func closed(_ proxy: Nginx, _ status: Int, _ stack: Stack, _ cookie: String) throws {
            let trial = try Trial(proxy, in: stack)
            defer { trial.stop() }
            try #require(trial.process != nil, "\(trial.log)")
            for path in ["/headers.json", "/public/headers.json", "/_gatehouse_check"] {
                for person in [nil, cookie] {
                    let answer = try stack.page(path, cookie: person, headers: [("Remote-User", "mallory")])
                    #expect(answer.status == status || (answer.status == 404 && path == "/_gatehouse_check"), "\(path)")
                    #expect(!answer.text.contains("\"headers\""))
                }
            }
        }
    }
}
