internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Every line and block of every shipped and rendered file is left out in turn.
    ///
    /// The tables in this folder say what becomes of the site then: the proxy does not start, nobody gets anywhere, or all is as
    /// before. `TEST_RECORD=1` writes them anew.
    @Suite("A line of a proxy's configuration that got lost")
    struct LeftOutTests {
        @Test("opens nothing", arguments: ProxyKind.here)
        func leftOut(kind: ProxyKind) async throws {
            let proxy = Self.proxy(kind, leading: try FreePort.any())
            let stack = try await Stack.start(proxy)
            defer { stack.stop() }
            let session = try SignIn(stack: stack).cookie(.alice)
            let probes = LeftOutProbes(stack: stack, cookie: "own=1; \(session)")
            #expect(probes.leaks().isEmpty, "nothing is left out")
            #expect(probes.works(), "\(stack.logs)")

            let files = try proxy.files(in: stack.folder.file("proxy"), try stack.site)
            var table: [String] = []
            for name in Self.shipped(kind, files) {
                for left in LeftOut.all(of: name, files[name] ?? "") where Self.isShipped(left, of: kind) {
                    let trial = try Trial(proxy, in: stack) { $0[name] = $0[name].map(left.text(of:)) }
                    defer { trial.stop() }
                    let leaks = trial.process == nil ? [] : try await trial.settled(stack) { probes.leaks() }
                    #expect(leaks.isEmpty, "\(name) without \(left.name)")
                    let works = probes.works()
                    // Some open their port and give up then.
                    let isRunning = trial.process?.isRunning ?? false
                    let result =
                        !leaks.isEmpty ? "OPEN" : !isRunning ? "does not start" : works ? "harmless" : "closed"
                    // Which names a regular expression holds is not the table's matter.
                    let line = left.name.hasPrefix("\"~") ? left.name.prefix(6) + "…" : left.name[...]
                    table.append("\(result.padding(toLength: 15, withPad: " ", startingAt: 0)) \(name): \(line)")
                }
            }
            try Self.compare(table.map { Self.neutral($0, stack) }, with: kind)
        }

        /// The proxy with the shipped files, and for nginx an application that hands requests on.
        private static func proxy(_ kind: ProxyKind, leading port: UInt16) -> any ShippedProxy {
            guard case .nginx = kind else { return kind.proxy }
            return Nginx(
                locations: """
                    location / {
                        include gatehouse-location.conf;
                        proxy_pass http://app;
                    }
                    location /public/leads { include gatehouse-location.conf; proxy_pass http://127.0.0.1:\(port); }
                    """,
                more: """
                    server { listen 127.0.0.1:\(port); add_header X-Accel-Redirect /finance/headers.json; return 200 led; }
                    """)
        }

        private static func shipped(_ kind: ProxyKind, _ files: [String: String]) -> [String] {
            // A program is no configuration.
            files.keys.sorted().filter { !$0.hasSuffix(".lua") }
        }

        /// Of nginx's own file only the lines that name ours; of Caddy's not what the rig put in front.
        private static func isShipped(_ left: LeftOut, of kind: ProxyKind) -> Bool {
            switch (kind, left.file) {
            case (.nginx, "nginx.conf"): left.name.hasPrefix("include gatehouse")
            case (.caddy, _), (.newerCaddy, _): left.lines.lowerBound > 4
            default: true
            }
        }

        private static func neutral(_ line: String, _ stack: Stack) -> String {
            let ports = stack.ports
            let names: [(UInt16, String)] = [
                (ports.proxy, "80"), (ports.check, "9180"), (ports.portal, "9181"), (ports.application, "8080"),
            ]
            return names.reduce(line.replacing(stack.folder.file("proxy"), with: "")) {
                $0.replacing(":\($1.0)", with: ":\($1.1)").replacing("port_value: \($1.0)", with: "port_value: \($1.1)")
            }
        }

        private static func compare(_ table: [String], with kind: ProxyKind) throws {
            let path = Repository.file("Tests/EndToEndTests/LeftOut/\(kind.table).txt")
            let text = table.map { $0 + "\n" }.joined()
            if ProcessInfo.processInfo.environment["TEST_RECORD"] != nil {
                try text.write(toFile: path, atomically: true, encoding: .utf8)
            }
            let known = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            let changed = text.split(separator: "\n").difference(from: known.split(separator: "\n"))
            #expect(changed.isEmpty, "\(kind.table).txt says otherwise; TEST_RECORD=1 writes it anew")
        }
    }
}

extension ProxyKind {
    /// The name of its table.
    fileprivate var table: String {
        switch self {
        case .nginx: "nginx"
        case .caddy: "caddy-2.6"
        case .newerCaddy: "caddy-2.11"
        case .haproxy: "haproxy"
        case .traefik: "traefik"
        case .envoy: "envoy"
        }
    }
}
