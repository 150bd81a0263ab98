internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("The commands of the documentation")
    struct DocumentationTests {
        static let pages: [String] = {
            let folder = "deploy/docs"
            let names = (try? FileManager.default.contentsOfDirectory(atPath: Repository.file(folder))) ?? []
            return ["README.md"] + names.filter { $0.hasSuffix(".md") }.sorted().map { "\(folder)/\($0)" }
        }()

        @Test("do what they say, one after the other, for somebody who types them", arguments: pages)
        func run(path: String) async throws {
            let page = DocumentedPage(try Repository.text(path))
            for block in page.blocks where block.language == "sh" && block.excuse != nil {
                print("not run: \(path):\(block.line): \(block.excuse ?? "")")
            }
            let blocks = page.blocks.filter { ["sh", "prepare"].contains($0.language) && $0.excuse == nil }
            guard !blocks.isEmpty else { return }
            let desk = try Desk(page)
            defer { desk.clear() }
            for block in blocks {
                if let problem = try await desk.run(block) {
                    Issue.record("\(path):\(block.line): \(problem)")
                    return
                }
            }
        }

        @Test("are run, or say in their source why not", arguments: pages)
        func excuses(path: String) throws {
            for block in DocumentedPage(try Repository.text(path)).blocks where block.language == "sh" {
                if let excuse = block.excuse { #expect(excuse.count > 15, "\(path):\(block.line): \(excuse)") }
            }
            // Another word for the shell would hide a block from the test.
            let others = DocumentedPage(try Repository.text(path)).blocks.filter {
                ["", "bash", "shell", "console", "shell-session"].contains($0.language)
                    && $0.text.contains(
                        /(?m)^\s*(\$ )?(gatehouse|apt|systemctl|docker|podman|kubectl|curl|swift|tools\/|deploy\/)/)
            }
            #expect(others.map(\.line) == [], "\(path): a block of commands is written ```sh")
        }
    }
}

/// Where the commands of one page are typed: a folder of its own, with the program under test as `gatehouse`.
private final class Desk {
    private let folder: TemporaryFolder
    private let places: [(shown: String, real: String)]
    private let environment: [String: String]
    private let admin: UInt16
    private var servers: [ChildProcess] = []
    private var count = 0

    init(_ page: DocumentedPage) throws {
        let folder = try TemporaryFolder()
        try FileManager.default.createDirectory(atPath: folder.file("bin"), withIntermediateDirectories: false)
        try FileManager.default.createDirectory(
            atPath: folder.file("work"), withIntermediateDirectories: false, attributes: [.posixPermissions: 0o700])
        try FileManager.default.createSymbolicLink(
            atPath: folder.file("bin/gatehouse"), withDestinationPath: try Repository.gatehouse())
        for name in ["deploy", "tools"] {
            try FileManager.default.createSymbolicLink(
                atPath: folder.file("work/\(name)"), withDestinationPath: Repository.file(name))
        }
        let ports = try Stack.Ports()
        let path = Tools.environment["PATH"] ?? ""
        environment = [
            "PATH": "\(folder.file("bin")):\(path)", "HOME": folder.file("work"), "XDG_STATE_HOME": "",
            "GATEHOUSE_CHECK__LISTEN": "127.0.0.1:\(ports.check)",
            "GATEHOUSE_PORTAL__LISTEN": "127.0.0.1:\(ports.portal)",
            "GATEHOUSE_ADMIN__LISTEN": "127.0.0.1:\(ports.admin)",
        ]
        admin = ports.admin
        places = page.places
        self.folder = folder
    }

    /// Runs a block; what went wrong, if something did.
    func run(_ block: DocumentedPage.Block) async throws -> String? {
        count += 1
        var text = block.text
        for place in places {
            text = text.replacingOccurrences(of: place.shown, with: folder.file("work/\(place.real)"))
        }
        let script = try folder.write("set -euo pipefail\ncd \"$HOME\"\n\(text)", to: "\(count).sh")
        guard block.serves else {
            let (status, output) = try Tools.run("timeout", ["120", "bash", script], environment: environment)
            return status == 0 ? nil : "ended with \(status):\n\(output)"
        }
        // What ran before holds the ports.
        stop()
        // The shell itself becomes the daemon, so that signals reach it.
        let daemon = try folder.write(
            text.split(separator: "\n").map { $0.hasPrefix("gatehouse ") ? "exec \($0)" : $0 }.joined(separator: "\n"),
            to: "\(count).sh")
        let log = folder.file("\(count).log")
        let server = try Server.start(
            "bash", ["-c", "cd \"$HOME\" && . \"$0\"", daemon],
            environment: Tools.environment.merging(environment) { $1 }, output: log)
        servers.append(server)
        let isUp = await eventually(within: .seconds(30)) {
            !server.isRunning || (try? Exchange.get("/livez", host: "localhost", port: self.admin))?.status == 200
        }
        guard isUp, server.isRunning else {
            return "did not start:\n\((try? String(contentsOfFile: log, encoding: .utf8)) ?? "")"
        }
        return nil
    }

    private func stop() {
        for server in servers { Server.stop(server) }
        servers = []
    }

    func clear() { stop() }
}
