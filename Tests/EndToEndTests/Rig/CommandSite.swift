internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// A configuration with empty tables and the stores of this run, for tests of commands; no daemon runs.
final class CommandSite: Sendable {
    struct Failure: Error, CustomStringConvertible { let description: String }

    /// What a command said, and how it ended.
    struct Said: Sendable {
        let status: Int32
        /// Standard output.
        let output: String
        /// Standard error.
        let complaint: String
    }

    let folder: TemporaryFolder
    let config: String
    private let stores: RunningStores

    /// Stop it with `stop()`.
    static func start(rules: String = "", tables: String = "") async throws -> CommandSite {
        let stores = try await RunningStores.start(.chosen)
        do { return try CommandSite(stores, rules, tables) } catch {
            stores.stop()
            throw error
        }
    }

    private init(_ stores: RunningStores, _ rules: String, _ tables: String) throws {
        self.stores = stores
        folder = try TemporaryFolder()
        config = folder.file("gatehouse.toml")
        let made = try run("init", "--portal", "https://app.example.com/_gatehouse")
        guard made.status == 0 else { throw Failure(description: made.complaint) }
        try folder.write(
            """
            [portal]
            url = "https://app.example.com/_gatehouse"
            [keys]
            lookup = "file:keys/lookup"
            seal = "file:keys/seal"
            [sessions]
            store = "\(stores.sessionsURL)"
            [database]
            url = "\(stores.databaseURL)"
            \(tables)
            [[application]]
            name = "app"
            hosts = ["app.example.com"]
            \(rules)
              [[application.rule]]
              allow = ["signed-in"]
            """, to: "gatehouse.toml")
        let migrated = try run("migrate")
        guard migrated.status == 0 else { throw Failure(description: migrated.complaint) }
    }

    func stop() { stores.stop() }

    func run(_ arguments: String..., input: String = "") throws -> Said { try run(arguments, input: input) }

    func run(_ arguments: [String], input: String = "") throws -> Said {
        try said(try Repository.gatehouse(), arguments + ["--config", config], input: input)
    }

    /// Runs a line of the shell, in which `"$@"` is the command.
    func shell(_ line: String, _ arguments: [String]) throws -> Said {
        try said(
            "bash", ["-c", line, "bash", try Repository.gatehouse()] + arguments + ["--config", config], input: "")
    }

    /// Makes people with a password that nothing stands against.
    func add(_ names: String..., with options: [String] = []) throws {
        for name in names {
            let made = try run(["user", "add", name, "--password-stdin"] + options, input: "a long way to the gate\n")
            guard made.status == 0 else { throw Failure(description: made.complaint) }
        }
    }

    private func said(_ program: String, _ arguments: [String], input: String) throws -> Said {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        process.arguments = [program] + arguments
        process.environment = ProcessInfo.processInfo.environment.merging(Tools.environment) { $1 }
        // Files, so that neither side waits for the other.
        let names = ["in", "out", "err"].map { folder.file("\(UUID().uuidString).\($0)") }
        try Data(input.utf8).write(to: URL(fileURLWithPath: names[0]))
        for name in names[1...] { try Data().write(to: URL(fileURLWithPath: name)) }
        process.standardInput = FileHandle(forReadingAtPath: names[0])
        process.standardOutput = FileHandle(forWritingAtPath: names[1])
        process.standardError = FileHandle(forWritingAtPath: names[2])
        try process.run()
        process.waitUntilExit()
        let said = Said(
            status: process.terminationStatus, output: try String(contentsOfFile: names[1], encoding: .utf8),
            complaint: try String(contentsOfFile: names[2], encoding: .utf8))
        if RawSwift.isIn(said.output[...]) || RawSwift.isIn(said.complaint[...]) {
            Issue.record("\(arguments) speaks Swift instead of English: \(said)")
        }
        return said
    }
}
