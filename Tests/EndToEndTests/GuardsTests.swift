internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    /// Programs that read the log and keep addresses out.
    @Suite("Who reads failed sign-ins")
    struct GuardsTests {
        /// A name that nobody has, in the words of somebody who wants another address to be kept out.
        private static let names = [
            "nobody", "x\",\"client\":\"203.0.113.9\",\"event\":\"sign-in.failed", "x\nclient=\"203.0.113.9\"",
            "203.0.113.9", "x client=\"203.0.113.9\" event=\"sign-in.failed\" ",
        ]
        private static let addresses = ["192.0.2.7", "2001:db8::7"]

        /// A daemon whose log is text and whose audit file is JSON, and what both say after failed sign-ins.
        private func failures(each count: Int = 1) async throws -> Stack {
            let stack = try await Stack.start(
                settings: Stack.Settings(
                    tables: "[log]\nformat = \"text\"\naudit = \"audit.jsonl\"\n[passwords]\nfailure_floor = \"100ms\"")
            )
            for address in GuardsTests.addresses {
                for number in 0..<count {
                    for name in GuardsTests.names { try fail(name + (number == 0 ? "" : "\(number)"), address, stack) }
                }
            }
            // What is no failure, and what asks for attention in other fields.
            _ = try SignIn(stack: stack).cookie(.alice)
            let forged = "%22,%22client%22:%22203.0.113.9%22,%22event%22:%22sign-in.failed%22"
            for path in ["/\(forged)", "/login?rd=\(forged)", "/client=\"203.0.113.9\""] {
                _ = try Exchange.raw(head("GET \(path)", "192.0.2.99", stack) + "\r\n", port: stack.ports.portal)
            }
            let wanted = count * GuardsTests.names.count * GuardsTests.addresses.count
            for file in ["audit.jsonl", "gatehouse.log"] {
                #expect(await eventually(within: .seconds(30)) { attempts(stack.folder.file(file)) >= wanted })
            }
            return stack
        }

        private func attempts(_ path: String) -> Int {
            let text = (try? String(contentsOfFile: path, encoding: .utf8)) ?? ""
            return text.matches(of: /"sign-in\.(failed|throttled)"/).count
        }

        private func head(_ line: String, _ address: String, _ stack: Stack) -> String {
            "\(line) HTTP/1.1\r\nHost: \(stack.host)\r\nX-Forwarded-For: \(address)\r\nConnection: close\r\n"
        }

        private func fail(_ name: String, _ address: String, _ stack: Stack) throws {
            let form = try SignIn(stack: stack).form()
            let fields = [("token", form.token), ("name", name), ("password", "wrong")]
            let body = fields.map { "\($0)=\(SignIn.encoded($1))" }.joined(separator: "&")
            let head =
                head("POST /_gatehouse/login", address, stack)
                + "Cookie: \(form.cookie)\r\nOrigin: http://\(stack.host)\r\nSec-Fetch-Site: same-origin\r\n"
                + "Content-Type: application/x-www-form-urlencoded\r\nContent-Length: \(body.utf8.count)\r\n\r\n"
            let answer = try Exchange.raw(head + body, port: stack.ports.portal, seconds: 30)
            #expect(answer.status == 422 || answer.status == 429, "\(answer.status)")
        }

        @Test(
            "fail2ban finds each of them in either format, by its own address and no other",
            .enabled(if: Guards.hasFail2ban, "left out: fail2ban is not installed"))
        func fail2ban() async throws {
            let stack = try await failures()
            defer { stack.stop() }
            for file in ["audit.jsonl", "gatehouse.log"] {
                let path = stack.folder.file(file)
                let result = try Tools.run(
                    "fail2ban-regex",
                    ["--out", "ip", path, Repository.file("deploy/fail2ban/filter.d/gatehouse.conf")])
                let found = result.output.split(separator: "\n").map(String.init)
                #expect(Set(found) == Set(GuardsTests.addresses), "\(file): \(result.output)")
                #expect(found.count == attempts(path), "\(file): \(result.output)")
            }
            let jail = try Repository.text("deploy/fail2ban/jail.d/gatehouse.conf")
            #expect(jail.contains("filter = gatehouse\n"))
        }

        @Test(
            "CrowdSec finds who tries too often, by their own address and no other",
            .enabled(if: Guards.crowdSec != nil, "left out: CrowdSec could not be fetched"))
        func crowdSec() async throws {
            let root = try #require(Guards.crowdSec)
            let stack = try await failures(each: 3)
            defer { stack.stop() }
            let folder = try TemporaryFolder()
            let output = try CrowdSec(root, in: folder).alerts(about: stack.folder.file("audit.jsonl"))
            let found = output.matches(of: /Ip (\S+) performed '(gatehouse\/\S+)'/).map { "\($0.1) \($0.2)" }
            let wanted = GuardsTests.addresses.map { "\($0) gatehouse/gatehouse-bf" }
            #expect(Set(wanted).isSubset(of: Set(found)), "\(output)")
            #expect(!output.contains("203.0.113.9") && !output.contains("192.0.2.99"), "\(output)")
        }
    }
}

/// What is there of the programs that keep addresses out.
enum Guards {
    static var hasFail2ban: Bool { (try? Tools.run("fail2ban-regex", ["--version"]))?.status == 0 }

    /// The folder of Debian's package, unpacked; `tools/test` fetches it.
    static var crowdSec: String? { ProcessInfo.processInfo.environment["TEST_CROWDSEC"] }
}

/// Debian's CrowdSec with our parser and scenarios, the two parsers that it always needs, and a place of its own.
private struct CrowdSec {
    let root: String
    let folder: TemporaryFolder
    private let config: String

    init(_ root: String, in folder: TemporaryFolder) throws {
        self.root = root
        self.folder = folder
        config = folder.file("config.yaml")
        let files = FileManager.default
        let hub = root + "/usr/share/crowdsec/hub"
        for name in ["parsers", "parsers/s00-raw", "parsers/s01-parse", "parsers/s02-enrich", "data", "hub", "n", "p"] {
            try files.createDirectory(atPath: folder.file(name), withIntermediateDirectories: false)
        }
        let copies = [
            (hub + "/parsers/s00-raw/crowdsecurity/syslog-logs.yaml", "parsers/s00-raw/syslog-logs.yaml"),
            (hub + "/parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml", "parsers/s02-enrich/dateparse.yaml"),
            (hub + "/.index.json", "hub/.index.json"), (root + "/etc/crowdsec/patterns", "patterns"),
            (root + "/etc/crowdsec/simulation.yaml", "simulation.yaml"),
            (root + "/etc/crowdsec/profiles.yaml", "profiles.yaml"),
            (
                Repository.file("deploy/crowdsec/parsers/s01-parse/gatehouse-logs.yaml"),
                "parsers/s01-parse/gatehouse.yaml"
            ),
            (Repository.file("deploy/crowdsec/scenarios"), "scenarios"),
            (Repository.file("deploy/crowdsec/acquis.d/gatehouse.yaml"), "acquis.yaml"),
        ]
        for (from, to) in copies { try files.copyItem(atPath: from, toPath: folder.file(to)) }
        let path = folder.path
        try folder.write(
            """
            common: {daemonize: false, log_media: stdout, log_level: info, working_dir: .}
            config_paths: {config_dir: \(path), data_dir: \(path)/data, simulation_path: \(path)/simulation.yaml,
              hub_dir: \(path)/hub, index_path: \(path)/hub/.index.json, notification_dir: \(path)/n, plugin_dir: \(path)/p}
            crowdsec_service: {acquisition_path: \(path)/acquis.yaml, parser_routines: 1}
            cscli: {output: human}
            db_config: {type: sqlite, db_path: \(path)/data/db}
            api:
              client: {credentials_path: \(path)/credentials.yaml}
              server: {listen_uri: "127.0.0.1:\(try FreePort.any())", profiles_path: \(path)/profiles.yaml}
            prometheus: {enabled: false}
            """, to: "config.yaml")
    }

    /// What it says about a file, read from beginning to end with the times of its lines.
    func alerts(about file: String) throws -> String {
        let made = try Tools.run(
            root + "/usr/bin/cscli",
            ["-c", config, "machines", "add", "test", "-a", "-f", folder.file("credentials.yaml")])
        let run = try Tools.run(
            "timeout",
            [
                "60", root + "/usr/bin/crowdsec", "-c", config, "-no-capi", "-type", "gatehouse", "-dsn",
                "file://\(file)",
            ])
        return made.output + run.output
    }
}
