internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// No engine runs here: the files are compared with their schema, and their services run as processes on loopback.
    @Suite("deploy/compose", .enabled(if: StrictYAML.schemas != nil))
    struct ComposeTests {
        static let kinds = ["nginx", "caddy"] + (Traefik.binary == nil ? [] : ["traefik"])
        private static let proxies = ["nginx", "caddy", "traefik"]

        @Test("is read strictly: what the specification does not know is an error")
        func strict() throws {
            let folder = try TemporaryFolder()
            let text = try Repository.text("deploy/compose/nginx/compose.yaml")
            for (old, new, word) in [
                ("depends_on:", "depend_on:", "depend_on"), ("command: [serve]", "command: 7", "command"),
                ("volumes:\n  people:", "volumes:\n  people:\n  people:", "stands twice"),
            ] {
                try #require(text.contains(old))
                let path = try folder.write(text.replacing(old, with: new, maxReplacements: 1), to: "compose.yaml")
                let refusal = #expect(throws: StrictYAML.Refusal.self) {
                    try StrictYAML.compose(path, as: ComposeFile.self)
                }
                #expect(refusal?.description.contains(word) == true, "\(refusal?.description ?? "")")
            }
        }

        @Test("lets no service do more than its work", arguments: proxies)
        func confined(kind: String) throws {
            let file = try ComposeFile.shipped(kind)
            #expect(Set(file.services.keys) == [kind, "gatehouse", "redis", "app"])
            for (name, service) in file.services {
                #expect(service.isReadOnly && service.droppedCapabilities == ["ALL"], "\(name)")
                #expect((service.addedCapabilities ?? []) == (name == "caddy" ? ["NET_BIND_SERVICE"] : []), "\(name)")
                #expect(service.security == ["no-new-privileges:true"], "\(name)")
                let user = service.user.split(separator: ":").compactMap { Int($0) }
                #expect(user.count == 2 && !user.contains(0), "\(name)")
                // What is no volume cannot be changed.
                for text in service.volumes ?? [] where text.hasPrefix(".") {
                    #expect(text.hasSuffix(":ro"), "\(name): \(text)")
                }
                // To this machine alone, and by the proxy alone.
                #expect((service.ports ?? []) == (name == kind ? ["127.0.0.1:8080:8080"] : []), "\(name)")
                #expect(service.networks.contains("web") == (name == kind), "\(name)")
                #expect((service.secrets ?? []) == (name == "gatehouse" ? ["password"] : []), "\(name)")
            }
            for (name, network) in file.networks where name != "web" {
                #expect(network["internal"] == .truth(true), "\(name)")
            }
            // Nobody but the proxy reaches checks.
            let store = Set(file.services.filter { $0.value.networks.contains("store") }.keys)
            #expect(store == ["gatehouse", "redis"])
            #expect(file.services["app"]?.networks == ["apps"])
            let meeting = kind == "traefik" ? "gate" : "sockets"
            let there = file.services.filter {
                $0.value.networks.contains(meeting) || $0.value.namedVolumes.contains(meeting)
            }
            #expect(Set(there.keys) == [kind, "gatehouse"])
            #expect(Set(there.map(\.value.user)).count == 1, "the socket's group")
        }

        @Test("starts each service when those it needs are healthy", arguments: proxies)
        func order(kind: String) throws {
            let file = try ComposeFile.shipped(kind)
            #expect(Set(file.order) == Set(file.services.keys), "they wait for each other")
            for (name, service) in file.services {
                for (needed, wish) in service.needs ?? [:] {
                    #expect(wish == ["condition": "service_healthy"], "\(name): \(needed)")
                    #expect(file.services[needed]?.healthcheck != nil, "\(name): \(needed)")
                }
            }
            #expect(file.services[kind]?.needs?.keys.sorted() == ["app", "gatehouse"])
            #expect(file.services["gatehouse"]?.needs?.keys.sorted() == ["redis"])
            #expect(file.services["gatehouse"]?.healthcheck?.test == ["CMD", "/usr/bin/gatehouse", "health"])
        }

        @Test("signs the first administrator in, and the application knows who it is", arguments: kinds)
        func works(kind: String) async throws {
            let run = try ComposeRun(kind)
            defer { run.stop() }
            try await run.start()
            let host = "localhost:\(run.port)"
            func page(_ path: String, _ headers: [(String, String)] = []) throws -> Answer {
                try Exchange.get(
                    path, host: host, port: run.port,
                    headers: [("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")] + headers)
            }
            let isUp = await eventually(within: .seconds(30)) { (try? page("/public/"))?.status == 200 }
            try #require(isUp, "\(run.logs)")
            #expect([302, 303].contains(try page("/").status))
            let signIn = SignIn(host: host, port: run.port)
            let cookie = try signIn.cookie(
                Stack.Person(name: "alice", password: run.password))
            let hello = try page("/", [("Cookie", cookie), ("Remote-User", "mallory")])
            #expect(hello.status == 200 && hello.text.contains("<title>Hello, alice</title>"), "\(hello.text)")
            #expect(!hello.text.contains("mallory"))
        }

        // MARK: - The proxies' files

        @Test("has nginx' files as `gatehouse render nginx` writes them")
        func nginx() throws {
            let folder = try TemporaryFolder()
            var text = try Repository.text("deploy/compose/nginx/gatehouse.toml")
            let keys = try Tools.run(
                try Repository.gatehouse(),
                ["init", "--no-user", "--config", folder.file("made.toml"), "--portal", "http://localhost"])
            try #require(keys.status == 0, "\(keys.output)")
            text += "\n[keys]\nlookup = \"file:keys/lookup\"\nseal = \"file:keys/seal\"\n"
            let config = try folder.write(text, to: "gatehouse.toml")
            let (status, output) = try Tools.run(
                try Repository.gatehouse(),
                ["render", "nginx", "--config", config, "--directory", folder.file("nginx")])
            try #require(status == 0, "\(output)")
            let rendered = try FileManager.default.contentsOfDirectory(atPath: folder.file("nginx")).sorted()
            let shipped = Repository.file("deploy/compose/nginx/gatehouse")
            #expect(try FileManager.default.contentsOfDirectory(atPath: shipped).sorted() == rendered)
            for name in rendered {
                let text = try String(contentsOfFile: folder.file("nginx/\(name)"), encoding: .utf8)
                #expect(try String(contentsOfFile: "\(shipped)/\(name)", encoding: .utf8) == text, "\(name)")
            }
        }

        @Test("has the files of Caddy and Traefik with other addresses, and nothing else that differs")
        func copies() throws {
            let caddy = try Repository.text(
                "deploy/caddy/Caddyfile",
                replacing: [("forward_auth 127.0.0.1:9180", "forward_auth unix//run/gatehouse/check.sock")])
            let part = try #require(caddy.firstMatch(of: /\(gatehouse\) \{\n(?s:.*?)\n\}\n/)).output
            #expect(try Repository.text("deploy/compose/caddy/Caddyfile").contains(part))

            let traefik = try Repository.text(
                "deploy/traefik/gatehouse.yml",
                replacing: [
                    ("app.example.com`", "localhost`"), ("http://127.0.0.1:9180", "http://gatehouse:9180"),
                    ("http://127.0.0.1:9181", "http://gatehouse:9181"), ("http://127.0.0.1:8080", "http://app:8081"),
                    ("    # portal.url = \"https://app.example.com/_gatehouse\"\n", ""),
                    ("    # portal.url = \"https://auth.example.com\"\n", ""),
                    (
                        "    portal-own-host:\n      rule: \"Host(`auth.example.com`)\"\n      service: gatehouse-portal\n",
                        ""
                    ),
                ])
            let from = try #require(traefik.range(of: "http:\n"))
            #expect(try Repository.text("deploy/compose/traefik/gatehouse.yml").hasSuffix(traefik[from.lowerBound...]))
        }
    }
}
