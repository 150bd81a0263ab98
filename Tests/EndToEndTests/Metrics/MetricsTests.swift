internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The metrics of a daemon")
    struct MetricsTests {
        /// Something of everything that is counted.
        private static func start() async throws -> Stack {
            var settings = Stack.Settings()
            settings.tables = """
                [mail]
                backend = "file"
                from = "auth@example.com"
                folder = "mails"
                [tracing]
                endpoint = "http://127.0.0.1:9"
                sample = 0
                [[provider]]
                type = "oidc"
                issuer = "http://127.0.0.1:9"
                client_id = "gatehouse"
                public_client = true
                """
            settings.folders = ["mails"]
            let stack = try await Stack.start(settings: settings)
            let signIn = SignIn(stack: stack)
            let cookie = try signIn.cookie(.alice)
            _ = try signIn.send(try signIn.form(), "alice", "wrong")
            for path in ["/reports", "/finance/", "/public/x"] { _ = try stack.page(path, cookie: cookie) }
            _ = try stack.page("/reports")
            _ = try Exchange.raw(check("elsewhere.example"), port: stack.ports.check)
            _ = try Exchange.raw("GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n", port: stack.ports.check)
            return stack
        }

        private static func check(_ host: String) -> String {
            "GET /auth/request HTTP/1.1\r\nHost: x\r\nX-Original-Method: GET\r\nX-Original-URL: http://\(host)/\r\n"
                + "X-Forwarded-For: 192.0.2.1\r\nConnection: close\r\n\r\n"
        }

        /// The names of the families in the text.
        private static func names(_ text: String) -> [String] {
            text.split(separator: "\n").filter { $0.hasPrefix("# TYPE ") }.map { String($0.split(separator: " ")[2]) }
        }

        @Test("are what promtool expects, and what the documentation names")
        func text() async throws {
            let stack = try await Self.start()
            defer { stack.stop() }
            let text = try stack.metrics()
            let file = try stack.folder.write(text, to: "metrics.txt")
            let linter = try Tools.run("sh", ["-c", "promtool check metrics <\"$1\"", "sh", file])
            #expect(linter.status == 0 && linter.output.isEmpty, "\(linter.output)")

            let labels = "application=\"demo\",contract=\"/auth/request\""
            #expect(text.contains("\ngatehouse_checks_total{\(labels),outcome=\"deny\"} 1\n"), "\(text)")
            #expect(text.contains("\ngatehouse_checks_total{\(labels),outcome=\"unavailable\"} 0\n"))
            #expect(
                text.contains(
                    "\ngatehouse_checks_total{application=\"-\",contract=\"/auth/request\",outcome=\"deny\"} 1\n"))
            #expect(
                text.contains("\ngatehouse_checks_total{application=\"-\",contract=\"-\",outcome=\"refused\"} 1\n"))
            #expect(text.contains("\ngatehouse_sign_ins_total{outcome=\"ok\",backend=\"database\"} 1\n"))
            #expect(text.contains("\ngatehouse_sign_ins_total{outcome=\"failed\",backend=\"-\"} 1\n"))
            #expect(
                text.contains("\ngatehouse_backend_answers_total{backend=\"database\",answer=\"not-mine\"} 1\n"))
            #expect(!text.contains("elsewhere"), "what strangers write becomes no label")
            if stack.stores.redis == nil { #expect(text.contains("\ngatehouse_sessions_alive 1\n")) }

            let page = try Repository.text("deploy/docs/metrics.md")
            let told = Set(page.matches(of: /(?m)^\| `([a-z_]+)`/).map { String($0.1) })
            let isEmbedded = stack.stores.redis == nil
            let ofOtherStores = told.filter { name in
                name.hasPrefix("gatehouse_portal_store_") || name.hasPrefix("gatehouse_cache_")
                    ? isEmbedded : name == "gatehouse_sessions_alive" && !isEmbedded
            }
            let found = Set(Self.names(text))
            #expect(found.count == Self.names(text).count, "a family comes twice")
            #expect(found.subtracting(told) == [], "not in deploy/docs/metrics.md")
            #expect(told.subtracting(found).subtracting(ofOtherStores) == [], "not in /metrics")
        }

        @Test("are OpenMetrics for whoever asks for it")
        func openMetrics() async throws {
            let stack = try await Stack.start()
            defer { stack.stop() }
            let answer = try Exchange.get(
                "/metrics", host: "localhost", port: stack.ports.admin,
                headers: [("Accept", "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5")])
            #expect(answer.header("Content-Type") == "application/openmetrics-text; version=1.0.0; charset=utf-8")
            #expect(answer.text.hasSuffix("\n# EOF\n"))
            #expect(answer.text.contains("\n# TYPE gatehouse_checks counter\n"))
            #expect(answer.text.contains("\n# UNIT process_cpu_seconds seconds\n"))
        }

        /// Queries that give nothing here, with the reason.
        private static func withoutAnswer(_ stack: Stack) -> [String: String] {
            stack.stores.redis == nil
                ? [:] : ["gatehouse_sessions_alive": "Redis does not tell how many sessions there are"]
        }

        @Test("answer every query of the dashboard and of the alerts, by a real Prometheus")
        func queries() async throws {
            let stack = try await Self.start()
            defer { stack.stop() }
            let prometheus = try await Prometheus.start(scraping: stack.ports.admin)
            defer { prometheus.stop() }
            // It speaks OpenMetrics, which alone has units.
            #expect(try prometheus.unit(of: "gatehouse_check_duration_seconds") == "seconds")

            let alerts = try prometheus.alerts()
            #expect(alerts.count >= 10)
            // What is compared is there, whatever comes of it.
            let compared = alerts.map { alert in
                (alert.name, alert.query.replacing(#/ (==|>=|>) /#) { " \($0.1) bool " })
            }
            let reasons = Self.withoutAnswer(stack)
            for (name, query) in try Self.dashboard() + compared {
                let series = try prometheus.ask(query)
                let reason = reasons.first { query.contains($0.key) }
                #expect(series.isEmpty == (reason != nil), "\(name): \(query): \(series)")
            }
            // And nobody is woken by a daemon that does its work.
            for (name, query) in alerts { #expect(try prometheus.ask(query).isEmpty, "\(name)") }
        }

        /// The queries of the dashboard by the titles of their panels, for every instance.
        private static func dashboard() throws -> [(String, String)] {
            struct Dashboard: Decodable {
                struct Panel: Decodable {
                    let title: String
                    let targets: [Target]
                }
                struct Target: Decodable {
                    let expr: String
                }
                let panels: [Panel]
            }
            let data = Data(try Repository.text("deploy/grafana/dashboard.json").utf8)
            let panels = try JSONDecoder().decode(Dashboard.self, from: data).panels
            let queries = panels.flatMap { panel in panel.targets.map { (panel.title, $0.expr) } }
            #expect(panels.count > 10 && queries.count > panels.count)
            return queries.map { title, query in
                let query = query.replacing("$__rate_interval", with: "1m").replacing("$instance", with: ".*")
                    .replacing("$job", with: ".*")
                #expect(!query.contains("$"), "\(query)")
                return (title, query)
            }
        }
    }

    @Suite("The alerts")
    struct AlertTests {
        @Test("are right, and come when they should and not otherwise", arguments: ["check", "test"])
        func promtool(command: String) throws {
            let file = command == "check" ? "alerts.yml" : "alerts.test.yml"
            let answer = try Tools.run(
                "promtool", [command, "rules", Repository.file("deploy/prometheus/\(file)")])
            #expect(answer.status == 0, "\(answer.output)")
        }

        @Test("have each a time at which they come in the tests")
        func tested() throws {
            let alerts = try Repository.text("deploy/prometheus/alerts.yml").matches(of: /- alert: (\w+)/)
            let tests = try Repository.text("deploy/prometheus/alerts.test.yml")
            #expect(alerts.count >= 10)
            for alert in alerts {
                #expect(tests.contains("alertname: \(alert.1)\n        exp_alerts:\n"), "\(alert.1)")
            }
        }
    }
}
