internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// What `gatehouse check` says of the names in a configuration.
extension EndToEnd.CommandLineTests {
    @Test("names groups, permissions and people that do not exist, and with --strict refuses them")
    func names() throws {
        #expect(try run("init").status == 0)
        try edit(
            "allow = [\"signed-in\"]",
            "allow = [\"group:fiance\", \"permission:reports.chnge_report\", \"user:alcie\", \"group:finance\"]")
        // Without a database that is said in one line, and what does not need it is checked.
        let early = try run("check", "--offline")
        #expect(early.status == 0 && early.output.contains("were not compared"), "\(early.output)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("gatehouse.db")))
        #expect(try run("check", "--offline", "--strict").status == 3)

        #expect(try run("migrate").status == 0)
        let password = try folder.write("correct horse 7\n", to: "password")
        let options = [
            "--add-group", "finance", "--grant", "reports.change_report", "--create", "--password-file", password,
        ]
        let made = try Tools.run(
            try Repository.gatehouse(), ["user", "add", "alice", "--config", config] + options)
        try #require(made.status == 0, "\(made.output)")
        let (status, output) = try run("check", "--offline")
        #expect(status == 0, "\(output)")
        let strict = try run("check", "--offline", "--strict")
        #expect(strict.status == 2, "\(strict.output)")
        for text in [output, strict.output] {
            for words in [
                "application.rule.allow: \"group:fiance\"", "did you mean \"finance\"?",
                "did you mean \"reports.change_report\"?", "did you mean \"alice\"?",
            ] {
                #expect(text.contains(words), "\(words) in \(text)")
            }
            #expect(!text.contains("\"group:finance\""), "\(text)")
        }
        try edit("\"group:fiance\", \"permission:reports.chnge_report\", \"user:alcie\"", "\"user:alice\"")
        #expect(try run("check", "--offline", "--strict").status == 0)
        try edit("\"group:finance\"", "\"group: finance\"")
        let blank = try run("check")
        #expect(blank.status == 2 && blank.output.contains("has a blank at an end"), "\(blank.output)")
    }

    @Test(
        "never writes a domain for which browsers keep no cookie, and refuses one that is written",
        arguments: ["duckdns.org", "co.uk", "github.io"])
    func publicSuffix(domain: String) throws {
        let hosts = ["--portal", "https://auth.\(domain)", "--host", "app.\(domain)", "--config", config]
        let refused = try Tools.run(try Repository.gatehouse(), ["init"] + hosts)
        #expect(refused.status == 2 && refused.output.contains("a public suffix"), "\(refused.output)")
        #expect(!FileManager.default.fileExists(atPath: config))

        let below = ["--portal", "https://me.\(domain)", "--host", "app.me.\(domain)", "--config", config]
        #expect(try Tools.run(try Repository.gatehouse(), ["init"] + below).status == 0)
        #expect(try String(contentsOfFile: config, encoding: .utf8).contains("domain = \"me.\(domain)\""))
        #expect(try run("check", "--offline").status == 0)
        try edit("domain = \"me.\(domain)\"", "domain = \"\(domain)\"")
        for command in ["check", "serve"] {
            let answer = try run(command)
            #expect(
                answer.status == 2 && answer.output.contains("cookie.domain: is a public suffix"),
                "\(answer.output)")
        }
    }

    @Test("goes on without names where a database on a server gives no answer, which --strict does not")
    func databaseAway() throws {
        #expect(try run("init").status == 0)
        try edit("allow = [\"signed-in\"]", "allow = [\"group:finance\"]")
        try edit(
            "[sessions]", "[database]\nurl = \"postgresql://127.0.0.1:\(try FreePort.any())/people\"\n[sessions]")
        let answer = try run("check", "--offline")
        #expect(answer.status == 0 && answer.output.contains("were not compared"), "\(answer.output)")
        #expect(answer.output.split(separator: "\n").count == 2, "\(answer.output)")
        #expect(try run("check", "--offline", "--strict").status == 3)
    }

    @Test("says which expectation is about nobody, with the name that was probably meant")
    func expectedOfNobody() throws {
        #expect(try run("init").status == 0)
        #expect(try run("migrate").status == 0)
        #expect(try addAlice().status == 0)
        let lines = "\n[[expect]]\nuser = \"alcie\"\nurl = \"http://localhost:8080/x\"\nis = \"deny\"\n"
        try (String(contentsOfFile: config, encoding: .utf8) + lines).write(
            toFile: config, atomically: true, encoding: .utf8)
        let answer = try run("check", "--offline")
        #expect(answer.status == 1, "\(answer.output)")
        #expect(answer.output.contains("did you mean \"alice\"?") && answer.output.contains(": expect.user: "))
    }
}
