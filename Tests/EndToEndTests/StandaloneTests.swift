internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("gatehouse serve without a configuration")
    struct StandaloneTests {
        /// A daemon in a home of its own; the ports are other ones than the usual, so that nothing else is in the way.
        private struct Daemon {
            let process: ChildProcess
            let folder: TemporaryFolder
            let port: UInt16
            let environment: [String: String]

            static func start(in folder: TemporaryFolder, port: UInt16) async throws -> Daemon {
                let environment = [
                    "HOME": folder.path, "XDG_STATE_HOME": folder.file("state"),
                    "GATEHOUSE_PORTAL__URL": "http://localhost:\(port)",
                    "GATEHOUSE_PORTAL__LISTEN": "127.0.0.1:\(port)",
                    "GATEHOUSE_CHECK__LISTEN": "127.0.0.1:\(try FreePort.any())",
                    "GATEHOUSE_ADMIN__LISTEN": "127.0.0.1:\(try FreePort.any())",
                ]
                let log = folder.file("log")
                try? FileManager.default.removeItem(atPath: log)
                let process = try Server.start(
                    "env", ["-C", folder.path, try Repository.gatehouse(), "serve"],
                    environment: Tools.environment.merging(environment) { $1 }, output: log)
                let daemon = Daemon(process: process, folder: folder, port: port, environment: environment)
                let isUp = await eventually(within: .seconds(20)) {
                    !process.isRunning
                        || (try? Exchange.get("/login", host: "localhost:\(port)", port: port))?.status == 200
                }
                guard isUp, process.isRunning else { throw Stack.Failure(description: daemon.output) }
                return daemon
            }

            var output: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

            var link: String? {
                output.firstMatch(of: /http:\/\/\S+\/setup\?token=[A-Za-z0-9_-]{43}/).map { String($0.0) }
            }
        }

        @Test("prints a link once, by which the first administrator is made in a browser and signed in")
        func firstAdministrator() async throws {
            let folder = try TemporaryFolder()
            let port = try FreePort.any()
            let daemon = try await Daemon.start(in: folder, port: port)
            #expect(await eventually { daemon.link != nil })
            let link = try #require(daemon.link)
            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.setLook(.desktop)
            try browser.open(link)
            #expect(await eventually { browser.exists("#name") })
            try browser.photograph("8-setup")
            try browser.type("root", into: "#name")
            try browser.type("12345", into: "#password")
            try browser.type("12345", into: "#again")
            try browser.click("button[type=submit]")
            #expect(await eventually { browser.exists("[role=alert]") })
            #expect(try browser.text("[role=alert]").contains("too short"))
            try browser.photograph("9-setup-refused")
            for field in ["#password", "#again"] { try browser.type("the keys of the whole house", into: field) }
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Your account · Gatehouse")
            #expect(try browser.text("main").contains("root"))
            // Not the end of the road.
            #expect(try browser.text("main").contains("gatehouse user add NAME"))
            #expect(try browser.text("main").contains(folder.file("state/gatehouse/gatehouse.toml")))
            try browser.photograph("10-next-steps")

            // The link is worth nothing now, and after a new start there is none.
            try browser.open(link)
            #expect(await eventually { !browser.exists("#name") })
            Server.stop(daemon.process)
            let second = try await Daemon.start(in: folder, port: port)
            defer { Server.stop(second.process) }
            #expect(second.link == nil)
            let (status, list) = try Tools.run(
                try Repository.gatehouse(), ["user", "list", "--superuser", "--json"], environment: second.environment)
            #expect(status == 0 && list.contains("\"name\":\"root\""), "\(list)")
            #expect(!list.contains("\"last_login\":null"), "\(list)")
        }

        @Test("keeps what it makes to its owner, and listens on this machine only")
        func privacy() async throws {
            let folder = try TemporaryFolder()
            let daemon = try await Daemon.start(in: folder, port: try FreePort.any())
            defer { Server.stop(daemon.process) }
            let state = folder.file("state/gatehouse")
            func mode(_ path: String) throws -> Int? {
                try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int
            }
            #expect(try mode(state) == 0o700)
            for file in ["gatehouse.toml", "gatehouse.db", "keys/lookup", "keys/seal"] {
                #expect(try mode("\(state)/\(file)") == 0o600, "\(file)")
            }
            let (status, output) = try Tools.run(
                try Repository.gatehouse(), ["serve"],
                environment: daemon.environment.merging(["GATEHOUSE_PORTAL__LISTEN": "0.0.0.0:\(try FreePort.any())"]) {
                    $1
                })
            #expect(status == 2, "\(output)")
        }
    }
}
