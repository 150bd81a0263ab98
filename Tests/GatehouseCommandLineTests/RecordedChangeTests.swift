import ArgumentParser
import Foundation
import GatehousePeople
import GatehouseTestSupport
import Testing

@testable import GatehouseCommandLine

@Suite("A change of people")
struct RecordedChangeTests {
    private let folder: TemporaryFolder

    init() throws { folder = try TemporaryFolder() }

    private func run(_ command: any ParsableCommand.Type, _ arguments: String...) async throws {
        let parsed = try command.parseAsRoot(arguments + ["--config", folder.file("gatehouse.toml")])
        if var asynchronous = parsed as? any AsyncParsableCommand {
            try await asynchronous.run()
        } else {
            var synchronous = parsed
            try synchronous.run()
        }
    }

    private func auditedEvents() throws -> [String] {
        let text = try String(contentsOfFile: folder.file("audit.log"), encoding: .utf8)
        return text.matches(of: /"event":"([a-z.-]+)"/).map { String($0.1) }
    }

    @Test("is written down, also if it stands and the sessions could not be told")
    func unfollowed() async throws {
        let sessions = folder.file("sessions")
        try FileManager.default.createDirectory(atPath: sessions, withIntermediateDirectories: false)
        try await run(Init.self, "--no-user", "--store", "sqlite:\(sessions)/sessions.db")
        let config = folder.file("gatehouse.toml")
        let text = try String(contentsOfFile: config, encoding: .utf8)
        try folder.write("\(text)\n[log]\naudit = \"\(folder.file("audit.log"))\"\n", to: "gatehouse.toml")
        let password = try folder.write("a long way to the gate\n", to: "password")

        try await run(Migrate.self)
        try await run(UserAdd.self, "alice", "--password-file", password)
        try await run(GroupAdd.self, "staff")
        try await run(UserSet.self, "alice", "--add-group", "staff")
        #expect(try auditedEvents() == ["user.made", "group.made", "user.changed"])

        try FileManager.default.removeItem(atPath: sessions)
        let renamed = await #expect(throws: PeopleError.self) { try await run(GroupRename.self, "staff", "crew") }
        guard case .unfollowed? = renamed else {
            Issue.record("another error: \(String(describing: renamed))")
            return
        }
        await #expect(throws: PeopleError.self) { try await run(UserRemove.self, "alice", "--yes") }
        #expect(
            try auditedEvents() == ["user.made", "group.made", "user.changed", "group.renamed", "user.removed"])
        // Refused, so nothing stands.
        await #expect(throws: PeopleError.self) { try await run(UserRemove.self, "alice", "--yes") }
        #expect(try auditedEvents().count == 5)
    }
}
