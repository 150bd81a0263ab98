internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("`gatehouse migrate` says what it made")
    struct MigrateTests {
        private let folder: TemporaryFolder

        init() throws { folder = try TemporaryFolder() }

        private var config: String { folder.file("gatehouse.toml") }

        private func run(
            _ arguments: String..., environment: [String: String] = [:]
        ) throws -> (status: Int32, output: String) {
            try Tools.run(try Repository.gatehouse(), arguments + ["--config", config], environment: environment)
        }

        private func write(_ lines: String) throws {
            let text = try String(contentsOfFile: config, encoding: .utf8)
            let own = text.range(of: "[permissions]").map { String(text[..<$0.lowerBound]) } ?? text
            try (own + lines).write(toFile: config, atomically: true, encoding: .utf8)
        }

        @Test(
            "tables, permissions, labels, and nothing; in sentences and as JSON", arguments: ["sqlite", "postgresql"])
        func report(kind: String) async throws {
            let server: PostgresServer? = kind == "postgresql" ? try await PostgresServer.start() : nil
            defer { server?.kill() }
            let address = try server?.makeDatabase() ?? "sqlite:\(folder.file("people.db"))"
            let environment = ["GATEHOUSE_DATABASE__URL": address]
            try #require(try run("init").status == 0)
            try write("[permissions]\n\"reports.view_report\" = \"Can view report\"\n")
            let first = try run("migrate", environment: environment)
            #expect(first.status == 0, "\(first.output)")
            for words in [
                "tables: auth_group,", "auth_user,", "gatehouse_password_history",
                "Declared the permission reports.view_report.\n", "The database is up to date.\n",
            ] {
                #expect(first.output.contains(words), "\(words) in \(first.output)")
            }
            let nothing = try run("migrate", environment: environment)
            #expect(nothing.output == "Nothing to do: the database is up to date.\n", "\(nothing.output)")
            try write(
                """
                [permissions]
                "reports.view_report" = "May see reports"
                "reports.add_report" = "May write reports"
                """)
            let json = try run("migrate", "--json", environment: environment)
            #expect(
                json.output.contains("\"tables_made\":[]")
                    && json.output.contains("\"permissions_declared\":[\"reports.add_report\"]")
                    && json.output.contains("\"rows_removed\":0")
                    && json.output.contains("\"labels_changed\":[\"reports.view_report\"]"), "\(json.output)")
            try write("[permissions]\n\"reports.view_report\" = \"Sees reports\"\n")
            let label = try run("migrate", environment: environment)
            #expect(
                label.output == "Changed the label of reports.view_report.\nThe database is up to date.\n",
                "\(label.output)")
            guard let server else { return }
            let table = "gatehouse_must_change_password"
            try server.run(
                """
                ALTER TABLE \(table) DISABLE TRIGGER ALL; INSERT INTO \(table) VALUES (99), (98);
                ALTER TABLE \(table) ENABLE TRIGGER ALL
                """, at: address)
            let swept = try run("migrate", environment: environment)
            #expect(
                swept.output
                    == "Removed 2 rows of people, groups or permissions that are gone.\nThe database is up to date.\n",
                "\(swept.output)")
        }
    }
}
