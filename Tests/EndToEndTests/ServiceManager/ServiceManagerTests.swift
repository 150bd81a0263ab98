internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    /// `manager.py` plays the service manager; a real one is asked by `tools/test-package`.
    @Suite("Under a service manager")
    struct ServiceManagerTests {
        /// A configuration with its keys, for a daemon that a manager starts.
        private struct Site {
            let folder: TemporaryFolder
            let config: String
            let check: String
            let (portal, admin): (UInt16, UInt16)

            init(store: String = "sqlite:gatehouse.db") throws {
                folder = try TemporaryFolder()
                config = folder.file("gatehouse.toml")
                check = folder.file("check.sock")
                (portal, admin) = (try FreePort.any(), try FreePort.any())
                try command("init", "--no-user", "--portal", "http://localhost:\(portal)/_gatehouse")
                try folder.write(
                    """
                    [portal]
                    url = "http://localhost:\(portal)/_gatehouse"
                    listen = ["127.0.0.1:\(portal)"]
                    [check]
                    listen = ["unix:\(check)"]
                    [admin]
                    listen = ["127.0.0.1:\(admin)"]
                    [keys]
                    lookup = "credential:lookup"
                    seal = "credential:seal"
                    [sessions]
                    store = "\(store)"
                    [[application]]
                    name = "demo"
                    hosts = ["localhost"]
                    scheme = "http"
                    [[application.rule]]
                    allow = ["anyone"]
                    """, to: "gatehouse.toml")
                try command("migrate")
            }

            /// What the keys are called for the daemon: credentials.
            var credentials: String { folder.file("keys") }

            @discardableResult
            func command(_ arguments: String...) throws -> String {
                let (status, output) = try Tools.run(
                    try Repository.gatehouse(), arguments + ["--config", config],
                    environment: ["CREDENTIALS_DIRECTORY": credentials])
                guard status == 0 else { throw Stack.Failure(description: output) }
                return output
            }

            /// Starts the manager; `sockets` are those that it opens.
            func start(_ options: [String] = [], sockets: [String]) throws -> Manager {
                let log = folder.file("manager.log")
                let script = Repository.file("Tests/EndToEndTests/ServiceManager/manager.py")
                let process = try Server.start(
                    "python3",
                    ["-B", script, "--credentials", credentials] + options + sockets.flatMap { ["--socket", $0] }
                        + [try Repository.gatehouse(), "serve", "--config", config], output: log)
                return Manager(process: process, log: log)
            }

            var allSockets: [String] {
                ["check=\(check)", "portal=127.0.0.1:\(portal)", "admin=127.0.0.1:\(admin)"]
            }

            /// The status of a check, on a connection of its own.
            func askForCheck() throws -> String {
                let socket = try LocalSocket(.unix(path: check), seconds: 20)
                let lines = [
                    "GET /auth/request HTTP/1.1", "Host: check", "X-Original-Method: GET",
                    "X-Original-URL: http://localhost/", "X-Forwarded-For: 192.0.2.1",
                ]
                try socket.send(Array((lines.joined(separator: "\r\n") + "\r\n\r\n").utf8))
                return String(decoding: try socket.receive().prefix(12), as: UTF8.self)
            }
        }

        private struct Manager {
            let process: ChildProcess
            let log: String

            var text: String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
            /// What it said; the daemon's own lines are not among them.
            var lines: [String] {
                text.split(separator: "\n").map(String.init).filter {
                    ["LISTENING", "START", "MESSAGE", "EXIT"].contains($0.split(separator: " ").first ?? "")
                }
            }
            func count(_ line: String) -> Int { lines.filter { $0 == line }.count }
            func has(_ line: String, times: Int = 1) async -> Bool {
                await eventually(within: .seconds(30)) { count(line) >= times || !process.isRunning }
                    && count(line) >= times
            }
        }

        @Test("the first connection starts it, waits, and is answered; then it says what it does until it has stopped")
        func activation() async throws {
            let site = try Site()
            let manager = try site.start(["--activated", "--watchdog", "0.2"], sockets: site.allSockets)
            defer { Server.stop(manager.process) }
            #expect(await manager.has("LISTENING"))
            #expect(manager.lines == ["LISTENING"])
            #expect(try site.askForCheck() == "HTTP/1.1 200", "\(manager.text)")
            #expect(
                try Exchange.get("/_gatehouse/login", host: "localhost:\(site.portal)", port: site.portal).status
                    == 200)
            #expect(await manager.has("MESSAGE READY=1"), "\(manager.text)")
            #expect(manager.count("MESSAGE STATUS=ready") == 1)
            #expect(await manager.has("MESSAGE WATCHDOG=1", times: 3))
            // What other commands find is what was passed.
            #expect(try site.command("health").hasSuffix("\nready\n"))

            manager.process.signal(SIGHUP)
            #expect(await manager.has("MESSAGE READY=1", times: 2), "\(manager.text)")
            let lines = manager.lines
            let reload = lines.firstIndex { $0.hasPrefix("MESSAGE RELOADING=1|MONOTONIC_USEC=") }
            let ready = try #require(lines.lastIndex(of: "MESSAGE READY=1"), "\(manager.text)")
            #expect(try #require(reload, "\(manager.text)") < ready)

            #expect(Server.stop(manager.process, seconds: 20))
            // Its signs go on until everything has ended.
            let stopping = try #require(manager.lines.firstIndex(of: "MESSAGE STOPPING=1"), "\(manager.text)")
            #expect(stopping > ready && manager.lines.last == "EXIT 0", "\(manager.text)")
            #expect(!manager.lines[stopping...].contains("MESSAGE READY=1"), "\(manager.text)")
            // The file is the manager's.
            #expect(FileManager.default.fileExists(atPath: site.check))
        }

        @Test("sockets that are passed outlive it: whoever comes while it starts again only waits")
        func restart() async throws {
            let site = try Site()
            let manager = try site.start(["--abstract"], sockets: site.allSockets)
            defer { Server.stop(manager.process) }
            #expect(await manager.has("MESSAGE READY=1"), "\(manager.text)")
            let (isOver, answers) = (Mutexed(false), Mutexed<[String]>([]))
            let visitors = Task.detached {
                while !isOver.value {
                    var answer = "refused"
                    do { answer = try site.askForCheck() } catch {
                        if !"\(error)".hasPrefix("connect: ") { answer = "" }
                    }
                    answers.change { $0.append(answer) }
                }
            }
            for round in 2...4 {
                manager.process.signal(SIGUSR1)
                #expect(await manager.has("MESSAGE READY=1", times: round), "\(manager.text)")
                #expect(await manager.has("EXIT 0", times: round - 1), "\(manager.text)")
            }
            isOver.change { $0 = true }
            await visitors.value
            #expect(answers.value.count > 10)
            let (refused, closed) = (answers.value.count { $0 == "refused" }, answers.value.count { $0.isEmpty })
            // One that was taken in the moment of the end may be closed without an answer.
            #expect(refused == 0 && closed <= 3, "\(answers.value)")
            #expect(Set(answers.value).subtracting([""]) == ["HTTP/1.1 200"])
        }

        @Test("without sockets it opens its own, and says so all the same")
        func own() async throws {
            let site = try Site()
            let manager = try site.start(sockets: [])
            defer { Server.stop(manager.process) }
            #expect(await manager.has("MESSAGE READY=1"), "\(manager.text)")
            #expect(manager.count("MESSAGE WATCHDOG=1") == 0, "nobody watches")
            #expect(try site.askForCheck() == "HTTP/1.1 200")
        }

        @Test("what it lacks is its status")
        func status() async throws {
            let site = try Site(store: "redis://127.0.0.1:\(try FreePort.any())/0")
            let manager = try site.start(sockets: site.allSockets)
            defer { Server.stop(manager.process) }
            #expect(
                await eventually(within: .seconds(30)) {
                    manager.lines.contains { $0.hasPrefix("MESSAGE STATUS=not ready: sessions.store: ") }
                }, "\(manager.text)")
            #expect(manager.count("MESSAGE STATUS=ready") == 0)
        }

        @Test("sockets that do not fit the configuration end it, with words for the operator")
        func refusals() async throws {
            let site = try Site()
            let other = try FreePort.any()
            for (sockets, words) in [
                (["chekc=\(site.check)"], "LISTEN_FDNAMES: descriptor 3 is called \"chekc\""),
                (["portal=127.0.0.1:\(other)"], "is at 127.0.0.1:\(other), and portal.listen is"),
                (["admin=127.0.0.1:\(site.portal)"], "is at 127.0.0.1:\(site.portal), and admin.listen is"),
            ] {
                let manager = try site.start(sockets: sockets)
                #expect(manager.process.waitForExit() == 2, "\(manager.text)")
                #expect(manager.text.contains(words), "\(manager.text)")
                try FileManager.default.removeItem(atPath: manager.log)
                try? FileManager.default.removeItem(atPath: site.check)
            }
            for (variables, words) in [
                ("LISTEN_PID=$$ LISTEN_FDS=900", "LISTEN_FDS: counts descriptor "),
                ("NOTIFY_SOCKET=notify", "NOTIFY_SOCKET: must be a path"),
                ("WATCHDOG_USEC=soon", "WATCHDOG_USEC: must be a number"),
            ] {
                let (status, output) = try Tools.run(
                    "sh",
                    ["-c", "\(variables) exec \"$0\" serve --config \"$1\"", try Repository.gatehouse(), site.config])
                #expect(status == 2 && output.contains(words), "\(output)")
            }
        }

        private static var canAnalyze: Bool {
            (try? Tools.run("sh", ["-c", "command -v systemd-analyze"]))?.status == 0
        }

        @Test(
            "the units confine it, as systemd-analyze counts: at most 1.5 of 10",
            .enabled(if: ServiceManagerTests.canAnalyze, "left out: systemd-analyze is not installed"),
            arguments: [true, false])
        func exposure(isDynamic: Bool) throws {
            let unit = try Repository.text("deploy/systemd/gatehouse.service")
            #expect(unit.contains("\nDynamicUser=yes\n"))
            let folder = try TemporaryFolder()
            let path = try folder.write(
                isDynamic ? unit : unit.replacing("DynamicUser=yes", with: "DynamicUser=no"), to: "gatehouse.service")
            let (status, output) = try Tools.run(
                "systemd-analyze", ["security", "--no-pager", "--offline=true", "--threshold=15", path])
            #expect(status == 0, "\(output)")
        }
    }
}
