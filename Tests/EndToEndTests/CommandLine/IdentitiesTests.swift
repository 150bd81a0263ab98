internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd.CommandLineTests {
    @Test("lists, links and unlinks what people are at providers, and writes it down")
    func identities() throws {
        #expect(try run("init").status == 0)
        #expect(try run("migrate").status == 0)
        #expect(try addAlice().status == 0)
        let audit = folder.file("audit.log")
        let lines = try String(contentsOfFile: config, encoding: .utf8)
        try (lines + "\n[log]\naudit = \"\(audit)\"\n").write(toFile: config, atomically: true, encoding: .utf8)
        let person = ["--issuer", "https://id.example", "--subject", "248289761001"]
        func identities(_ command: String, _ arguments: [String]) throws -> (status: Int32, output: String) {
            try Tools.run(
                try Repository.gatehouse(), ["user", "identities", command] + arguments + ["--config", config])
        }
        #expect(try identities("list", []).output.contains("Nobody."))
        let linked = try identities("link", ["alice"] + person + ["--provider", "example"])
        #expect(linked.status == 0 && linked.output.contains("alice can sign in at https://id.example"))
        let again = try identities("link", ["alice"] + person)
        #expect(again.status == 1 && again.output.contains("linked to that identity already"))
        #expect(try identities("link", ["nobody"] + person).status == 1)
        #expect(try identities("link", ["alice", "--issuer", "https://id.example"]).status == 2)
        let list = try identities("list", ["--json"])
        #expect(list.output.contains("\"subject\":\"248289761001\"") && list.output.contains("\"last_used\":null"))
        #expect(try run("user", "show", "alice").output.contains("example: 248289761001"))
        #expect(try identities("list", ["nobody"]).status == 1)
        let wrong = try identities("unlink", ["alice", "--issuer", "https://id.example", "--subject", "x"])
        #expect(wrong.status == 1 && wrong.output.contains("gatehouse user identities list alice"))
        #expect(try identities("unlink", ["alice"] + person).status == 0)
        #expect(try identities("list", ["alice"]).output.contains("Nobody."))
        let written = try String(contentsOfFile: audit, encoding: .utf8)
        for event in ["linked", "unlinked"] { #expect(written.contains("\"event\":\"identity.\(event)\"")) }
        #expect(written.contains("\"provider_subject\":\"248289761001\""))
    }
}
