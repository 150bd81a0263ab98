internal import Foundation
internal import GatehouseTestSupport
internal import Glibc
internal import Testing

extension EndToEnd {
    @Suite("deploy/quickstart")
    struct QuickstartTests {
        /// `deploy/quickstart` while it runs, and the three lines that it printed.
        struct Quickstart {
            let process: ChildProcess
            let folder: TemporaryFolder
            let port: UInt16
            let lines: [String]

            static func start(_ arguments: [String] = []) async throws -> Quickstart {
                let folder = try TemporaryFolder()
                let port = try FreePort.any()
                let log = folder.file("quickstart.log")
                // The program is built: this run's own build would wait for the one that runs these tests.
                // A shell's background jobs ignore Ctrl-C, and what they start would too.
                let process = try Server.start(
                    "env",
                    [
                        "--default-signal=INT,TERM", Repository.file("deploy/quickstart"), "--port", "\(port)",
                        "--binary",
                        try Repository.gatehouse(),
                    ] + arguments, environment: ["TMPDIR": folder.path], output: log)
                func text() -> String { (try? String(contentsOfFile: log, encoding: .utf8)) ?? "" }
                let isUp = await eventually(within: .seconds(60)) {
                    text().contains("Ctrl-C") || !process.isRunning
                }
                guard isUp, process.isRunning else {
                    throw Stack.Failure(description: "quickstart did not come up:\n\(text())")
                }
                let lines = text().split(separator: "\n").map(String.init).filter {
                    $0.hasPrefix("Open ") || $0.hasPrefix("User ") || $0.hasPrefix("Password ")
                }
                return Quickstart(process: process, folder: folder, port: port, lines: lines)
            }

            func value(_ name: String) throws -> String {
                try String(#require(lines.first { $0.hasPrefix("\(name) ") }).dropFirst(name.count + 1))
            }
        }

        @Test(
            "prints three lines, and a browser gets in, is refused elsewhere, and is a stranger after signing out",
            arguments: [[], ["--embedded"]])
        func story(arguments: [String]) async throws {
            let quickstart = try await Quickstart.start(arguments)
            defer { Server.stop(quickstart.process) }
            #expect(quickstart.lines.map { $0.split(separator: " ")[0] } == ["Open", "User", "Password"])
            let (site, user) = (try quickstart.value("Open"), try quickstart.value("User"))
            let password = try quickstart.value("Password")
            #expect(site == "http://localhost:\(quickstart.port)/")

            let browser = try await Browser.start()
            defer { browser.stop() }
            try browser.setLook(.desktop)

            try browser.open(site)
            try await browser.waitForTitle("Sign in · Gatehouse")
            #expect(try browser.address.hasPrefix("\(site)_gatehouse/login?rd="))
            try browser.photograph("1-sign-in")

            try browser.type(user, into: "#name")
            try browser.type("not the password", into: "#password")
            try browser.click("button[type=submit]")
            #expect(await eventually { browser.exists("[role=alert]") })
            #expect(try browser.script("return document.querySelector('#name').value") == user)
            #expect(try browser.script("return document.querySelector('#password').value") == "")
            try browser.photograph("2-wrong-password")

            try browser.type(password, into: "#password")
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Hello, \(user)")
            #expect(try browser.address == site)
            try browser.photograph("3-application")

            try browser.open("\(site)headers.json")
            let arrival = try Arrival(Answer(status: 200, headers: [], body: Array(try browser.text("body").utf8)))
            #expect(arrival.all("Remote-User") == [user])
            #expect(arrival.all("Remote-Email") == ["\(user)@example.com"])
            #expect(arrival.all("Remote-Groups") == ["editors"])
            #expect(arrival.all("Remote-Permissions") == ["pages.change_page,pages.view_page"])

            try browser.open("\(site)finance/")
            try await browser.waitForTitle("No access · Gatehouse")
            #expect(try browser.text("main").contains(user))
            try browser.photograph("4-denied")

            try browser.open("\(site)_gatehouse/account")
            try await browser.waitForTitle("Your account · Gatehouse")
            try browser.photograph("5-account")

            try browser.open("\(site)_gatehouse/logout")
            try await browser.waitForTitle("Sign out · Gatehouse")
            try browser.photograph("6-sign-out")
            try browser.click("button[type=submit]")
            try await browser.waitForTitle("Signed out · Gatehouse")
            try browser.photograph("7-signed-out")

            #expect(try !browser.cookieNames().contains("gatehouse-local"))
            try browser.open(site)
            try await browser.waitForTitle("Sign in · Gatehouse")
            try browser.open("\(site)public/")
            try await browser.waitForTitle("Hello, stranger")
        }

        @Test("stops everything on Ctrl-C and leaves nothing behind", arguments: [SIGINT, SIGTERM])
        func stop(signal: Int32) async throws {
            let quickstart = try await Quickstart.start()
            let pid = quickstart.process.pid
            let children = try String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
                .split(whereSeparator: \.isWhitespace).compactMap { Int32($0) }
            #expect(children.count == 4, "Redis, nginx, Gatehouse and the application")
            quickstart.process.signal(signal)
            #expect(quickstart.process.waitForExit() == 0)
            for child in children { #expect(kill(child, 0) == -1) }
            #expect(throws: (any Error).self) { try LocalSocket(.tcp(port: quickstart.port)) }
            #expect(try FileManager.default.contentsOfDirectory(atPath: quickstart.folder.path) == ["quickstart.log"])
        }

        @Test("says so when the port is taken, and exits with 1")
        func portTaken() async throws {
            let taken = try await RedisServer.start()
            defer { taken.kill() }
            let (status, output) = try Tools.run(
                Repository.file("deploy/quickstart"),
                ["--port", "\(taken.port)", "--binary", try Repository.gatehouse()])
            #expect(status == 1)
            #expect(output.contains("port \(taken.port) cannot be used"))
        }

        @Test(
            "refuses wrong usage with 2", arguments: [["--port"], ["--port", "0"], ["--port", "x1"], ["--nonsense"]])
        func usage(arguments: [String]) throws {
            #expect(try Tools.run(Repository.file("deploy/quickstart"), arguments).status == 2)
        }
    }
}
