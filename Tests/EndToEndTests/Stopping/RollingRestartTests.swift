internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Two instances on the same stores are replaced one after another while visitors ask for pages.
    ///
    /// With `TEST_GATEHOUSE_BEFORE`, the instances that are replaced run that program: an older version.
    @Suite("A rolling restart of two instances")
    struct RollingRestartTests {
        private static let second = "127.0.0.2"

        @Test("behind nginx fails no check and signs nobody out")
        func nginx() async throws {
            try await roll { stack in
                let ports = stack.ports
                let servers = ["127.0.0.1", Self.second].flatMap { address in
                    ["--check-server", "\(address):\(ports.check)", "--portal-server", "\(address):\(ports.portal)"]
                }
                return Nginx(arguments: servers)
            }
        }

        @Test("behind Traefik fails no check and signs nobody out", .enabled(if: Traefik.binary != nil))
        func traefik() async throws {
            try await roll("[shutdown]\ndelay = \"3s\"") { _ in TraefikPair(second: Self.second) }
        }

        private func roll(_ tables: String = "", behind proxy: (Stack) throws -> any ShippedProxy) async throws {
            var settings = Stack.Settings()
            settings.tables = tables
            let stack = try await Stack.start(
                stores: Stores(sessions: .redis, people: .sqlite), settings: settings)
            defer { stack.stop() }
            let program = try Repository.gatehouse()
            let before = ProcessInfo.processInfo.environment["TEST_GATEHOUSE_BEFORE"] ?? program
            var instances = [Instance.first(of: stack), try Instance.other(of: stack, address: Self.second)]
            defer { for instance in instances { instance.stop() } }
            if before != program { _ = instances[0].end() }
            for index in instances.indices where index > 0 || before != program {
                try await instances[index].start(before)
            }
            let trial = try Trial(try proxy(stack), in: stack)
            defer { trial.stop() }
            // Some proxies open their port before they know where to.
            let isUp = await eventually(within: .seconds(30)) { (try? stack.page("/public/"))?.status == 200 }
            try #require(isUp, "\(trial.log)")
            let cookie = try SignIn(stack: stack).cookie(.alice)
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200, "\(trial.log)")
            try await waitForChecks(instances, stack, cookie)

            let visitors = Visitors("/headers.json", of: stack, cookie: cookie) { answer in
                answer.status == 200 && answer.text.contains("\"alice\"")
            }
            for index in instances.indices {
                try await answered(100, visitors)
                #expect(instances[index].end() == 0)
                try await answered(100, visitors)
                try await instances[index].start(program)
                // The other one may go when this one has its share of the work again.
                try await waitForChecks([instances[index]], stack, cookie)
            }
            try await answered(100, visitors)
            let outcome = await visitors.stop()
            #expect(outcome.failures == [], "of \(outcome.answers)\n\(trial.log)\n\(stack.logs)")
            #expect(try stack.page("/headers.json", cookie: cookie).status == 200, "nobody is signed out")
        }

        private func answered(_ number: Int, _ visitors: Visitors) async throws {
            let goal = visitors.answers + number
            try #require(await eventually(within: .seconds(60)) { visitors.answers >= goal })
        }

        /// Until each of them is asked by the proxy.
        private func waitForChecks(_ instances: [Instance], _ stack: Stack, _ cookie: String) async throws {
            for instance in instances {
                let isAsked = try await eventually(within: .seconds(60)) {
                    if try instance.checks() > 0 { return true }
                    _ = try stack.page("/headers.json", cookie: cookie)
                    return false
                }
                try #require(isAsked, "\(instance.address) is not asked\n\(stack.logs)")
            }
        }
    }
}

/// Traefik with `deploy/traefik/two-instances`, before two instances with the same ports.
private struct TraefikPair: ShippedProxy {
    let second: String

    func files(in home: String, _ site: ProxySite) throws -> [String: String] {
        let entry = "127.0.0.1:\(try FreePort.any())"
        let rules = try Repository.text(
            "deploy/traefik/gatehouse.yml",
            replacing: [
                ("127.0.0.1:8080", "127.0.0.1:\(site.ports.application)"), ("127.0.0.1:9180", entry),
                ("127.0.0.1:9181", "127.0.0.1:\(site.ports.portal)"), ("app.example.com`", "\(site.host)`"),
            ])
        let instances = try Repository.text(
            "deploy/traefik/two-instances/instances.yml",
            replacing: [
                ("http://10.0.0.7:9180", "http://127.0.0.1:\(site.ports.check)"),
                ("http://10.0.0.8:9180", "http://\(second):\(site.ports.check)"),
                ("port: 9182", "port: \(site.ports.admin)"),
            ])
        let main = try Repository.text(
            "deploy/traefik/two-instances/traefik.yml",
            replacing: [
                ("\":443\"", "\"127.0.0.1:\(site.ports.proxy)\""), ("      tls: {}\n", ""),
                ("address: \"127.0.0.1:9180\"", "address: \"\(entry)\""),
                ("/etc/traefik/gatehouse", "\(home)/dynamic"),
            ])
        try FileManager.default.createDirectory(atPath: "\(home)/dynamic", withIntermediateDirectories: true)
        return ["dynamic/gatehouse.yml": rules, "dynamic/instances.yml": instances, "traefik.yml": main]
    }

    func command(in home: String) throws -> ProxyCommand { try Traefik().command(in: home) }
}
