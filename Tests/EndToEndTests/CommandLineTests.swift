internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The command line")
    struct CommandLineTests {
        let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        var config: String { folder.file("gatehouse.toml") }

        func run(_ arguments: String..., config: String? = nil) throws -> (status: Int32, output: String) {
            try Tools.run(try Repository.gatehouse(), arguments + ["--config", config ?? self.config])
        }

        func edit(_ old: String, _ new: String) throws {
            let text = try String(contentsOfFile: config, encoding: .utf8)
            try #require(text.contains(old))
            try text.replacingOccurrences(of: old, with: new).write(toFile: config, atomically: true, encoding: .utf8)
        }

        func addAlice(_ extra: String...) throws -> (status: Int32, output: String) {
            let password = try folder.write("correct horse 7\n", to: "password")
            return try Tools.run(
                try Repository.gatehouse(),
                ["user", "add", "alice", "--password-file", password, "--config", config] + extra)
        }

        @Test("sets everything up from nothing, and never overwrites")
        func setUp() throws {
            #expect(try run("init").status == 0)
            for key in ["lookup", "seal"] {
                let attributes = try FileManager.default.attributesOfItem(atPath: folder.file("keys/\(key)"))
                #expect(attributes[.posixPermissions] as? Int == 0o600)
            }
            #expect(try run("check", "--offline").status == 0)
            let again = try run("init")
            #expect(again.status == 2)
            #expect(again.output.contains("never overwrites"))
            let early = try addAlice()
            #expect(early.status == 2)
            #expect(early.output.contains("gatehouse migrate"))
            #expect(try run("migrate").status == 0)
            #expect(try run("migrate").status == 0)
            let made = try addAlice("--group", "editors", "--permission", "pages.change_page", "--create")
            #expect(made.status == 0)
            #expect(made.output.contains("editors") && made.output.contains("pages.change_page"))
            #expect(!made.output.contains("correct horse"))
            let twice = try addAlice()
            #expect(twice.status == 1)
            #expect(twice.output.contains("exists already"))
        }

        @Test(
            "opens nothing to strangers on a new site, on this machine or elsewhere",
            arguments: ["http://localhost:8080/_gatehouse", "https://app.example.test/_gatehouse"])
        func closed(portal: String) throws {
            #expect(try run("init", "--portal", portal).status == 0)
            let site = portal.dropLast("/_gatehouse".count)
            let lines = ["/", "/public/", "/public/x"].map {
                "[[expect]]\nurl = \"\(site)\($0)\"\nis = \"challenge\"\n"
            }
            try (String(contentsOfFile: config, encoding: .utf8) + lines.joined()).write(
                toFile: config, atomically: true, encoding: .utf8)
            #expect(try run("migrate").status == 0)
            let answer = try run("check", "--offline")
            #expect(answer.status == 0 && answer.output.contains("3 expectations hold"), "\(answer.output)")
        }

        @Test("lists everything that is wrong at once, each with line and key, and exits with 2")
        func problems() throws {
            #expect(try run("init").status == 0)
            try edit(
                "[sessions]",
                """
                [check]
                listen = ["nowhere"]
                trusted = []
                [sessions]
                idle = "3 days"
                """)
            try FileManager.default.setAttributes([.posixPermissions: 0o644], ofItemAtPath: folder.file("keys/seal"))
            for command in ["check", "serve", "migrate"] {
                let answer = try run(command)
                #expect(answer.status == 2)
                for words in ["check.listen", "check.trusted", "sessions.idle", "chmod"] {
                    #expect(answer.output.contains(words), "\(words) in \(answer.output)")
                }
                #expect(answer.output.contains("gatehouse.toml:"))
            }
            let missing = try run("check", config: folder.file("nothing.toml"))
            #expect(missing.status == 2)
            #expect(missing.output.contains("nothing.toml"))
        }

        @Test(
            "refuses a place for keys that others can write to, and writes nothing",
            arguments: ["open", "link", "config"])
        func openFolders(kind: String) throws {
            let (keys, files) = (folder.file("keys"), FileManager.default)
            var remedy = "run: chmod go-w \(keys)"
            switch kind {
            case "open":
                try files.createDirectory(atPath: keys, withIntermediateDirectories: false)
                try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: keys)
            case "link":
                let elsewhere = folder.file("elsewhere")
                try files.createDirectory(atPath: elsewhere, withIntermediateDirectories: false)
                try files.createSymbolicLink(atPath: keys, withDestinationPath: elsewhere)
                remedy = "run: rm \(keys)"
            default:
                try files.setAttributes([.posixPermissions: 0o777], ofItemAtPath: folder.path)
                remedy = "run: chmod o-w \(folder.path)"
            }
            let answer = try run("init")
            #expect(answer.status == 2)
            #expect(answer.output.contains(remedy), "\(answer.output)")
            #expect(!files.fileExists(atPath: config) && !files.fileExists(atPath: folder.file("keys/lookup")))
        }

        @Test("refuses a configuration that everybody can change, whatever is to be done with it")
        func openConfiguration() throws {
            #expect(try run("init").status == 0)
            try FileManager.default.setAttributes([.posixPermissions: 0o666], ofItemAtPath: config)
            for command in ["check", "serve", "migrate"] {
                let answer = try run(command)
                #expect(answer.status == 2)
                #expect(answer.output.contains("run: chmod o-w \(config)"), "\(answer.output)")
            }
        }

        @Test("proves the expectations of the configuration")
        func expectations() throws {
            #expect(try run("init").status == 0)
            #expect(try run("migrate").status == 0)
            #expect(try addAlice("--add-group", "editors", "--create").status == 0)
            let text = try String(contentsOfFile: config, encoding: .utf8)
            func expecting(_ user: String, _ path: String, _ outcome: String) throws -> (status: Int32, output: String)
            {
                let lines = "\n[[expect]]\n\(user)url = \"http://localhost:8080\(path)\"\nis = \"\(outcome)\"\n"
                try (text + lines).write(toFile: config, atomically: true, encoding: .utf8)
                return try run("check", "--offline")
            }
            #expect(try expecting("user = \"alice\"\n", "/x", "allow").status == 0)
            #expect(try expecting("", "/x", "challenge").status == 0)
            let wrong = try expecting("user = \"alice\"\n", "/x", "deny")
            #expect(wrong.status == 1)
            #expect(wrong.output.contains("but is allow"))
        }

        @Test("says with its exit code what kind of answer it is")
        func exitCodes() throws {
            let binary = try Repository.gatehouse()
            #expect(try Tools.run(binary, ["version"]).status == 0)
            #expect(try Tools.run(binary, ["--help"]).status == 0)
            #expect(try Tools.run(binary, ["nonsense"]).status == 2)
            #expect(try Tools.run(binary, ["user", "add"]).status == 2)
            #expect(try run("init", "--redis", "redis://127.0.0.1:1/0").status == 0)
            #expect(try run("migrate").status == 0)
            #expect(try run("session", "end", "nobody").status == 1)
            #expect(try addAlice().status == 0)
            let noRedis = try run("session", "end", "alice")
            #expect(noRedis.status == 3)
            #expect(noRedis.output.contains("sessions.store"))
            let noPassword = try run("user", "passwd", "alice")
            #expect(noPassword.status == 2)
            #expect(noPassword.output.contains("--password-stdin"))
        }

        @Test("prints nginx configuration that nginx accepts")
        func render() throws {
            #expect(try run("init").status == 0)
            #expect(try run("render", "nginx", "--directory", folder.file("nginx")).status == 0)
            let file = try folder.write(
                """
                pid \(folder.path)/pid; error_log stderr; events {}
                http {
                    client_body_temp_path \(folder.path)/b; proxy_temp_path \(folder.path)/p;
                    fastcgi_temp_path \(folder.path)/f; uwsgi_temp_path \(folder.path)/u; scgi_temp_path \(folder.path)/s;
                    include \(folder.path)/nginx/gatehouse-http.conf;
                    server {
                        listen 127.0.0.1:1;
                        include \(folder.path)/nginx/gatehouse-server.conf;
                        location / {
                            include \(folder.path)/nginx/gatehouse-location.conf;
                            proxy_pass http://127.0.0.1:1;
                        }
                    }
                }
                """, to: "nginx.conf")
            let answer = try Tools.run("nginx", ["-t", "-c", file])
            #expect(answer.output.contains("syntax is ok"), "\(answer.output)")
            let pinned = try run("render", "nginx", "--application", "app")
            #expect(pinned.output.contains("/auth/request/app;"))
            #expect(try run("render", "nginx", "--application", "other").status == 2)
        }

        @Test("stops with a clear message when an address is taken")
        func addressTaken() throws {
            let port = try FreePort.any()
            let taken = try TakenPort(port)
            defer { taken.close() }
            #expect(try run("init").status == 0)
            #expect(try run("migrate").status == 0)
            let free = [try FreePort.any(), try FreePort.any()]
            for key in ["check", "portal", "admin"] {
                let others = ["check", "portal", "admin"].filter { $0 != key }
                let variables = [
                    "GATEHOUSE_\(key.uppercased())__LISTEN": "127.0.0.1:\(port)",
                    "GATEHOUSE_\(others[0].uppercased())__LISTEN": "127.0.0.1:\(free[0])",
                    "GATEHOUSE_\(others[1].uppercased())__LISTEN": "127.0.0.1:\(free[1])",
                ]
                let answer = try Tools.run(
                    try Repository.gatehouse(), ["serve", "--config", config], environment: variables)
                #expect(answer.status == 2)
                #expect(
                    answer.output.contains("\(key).listen: cannot listen on 127.0.0.1:\(port): Address already in use"))
            }
        }
    }
}
