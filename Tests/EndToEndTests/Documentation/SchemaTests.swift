internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite(
        "The JSON schema of the configuration",
        .enabled(
            if: (try? Tools.run("python3", ["-c", "import jsonschema, tomllib"]))?.status == 0,
            "left out: the schema of the configuration: no python3-jsonschema"))
    struct SchemaTests {
        /// What a validator that editors use, too, says of a configuration; nothing if it is fine.
        private func complaint(_ toml: String) throws -> String {
            let folder = try TemporaryFolder()
            let file = try folder.write(toml, to: "gatehouse.toml")
            let program = """
                import json, sys, tomllib, jsonschema
                schema = json.load(open(sys.argv[1], encoding="utf-8"))
                jsonschema.Draft7Validator.check_schema(schema)
                for error in jsonschema.Draft7Validator(schema).iter_errors(tomllib.load(open(sys.argv[2], "rb"))):
                    print(error.json_path, error.message)
                """
            let said = try Tools.run(
                "python3", ["-c", program, Repository.file("deploy/docs/gatehouse.schema.json"), file],
                environment: ["PYTHONUTF8": "1"])
            return said.status == 0 ? said.output : "the validator failed: \(said.output)"
        }

        @Test("takes config.example.toml, also with each of its lines that shows a key")
        func example() throws {
            let text = try Repository.text("config.example.toml")
            #expect(try complaint(text) == "")
            var seen: Set<String> = []
            let complete = text.components(separatedBy: "\n").map { line -> String in
                if line.hasPrefix("[") { seen = [] }
                guard let match = line.wholeMatch(of: /# +((\[.*\])|([a-z0-9_]+|"[^"]+") = .*)/) else { return line }
                if match.2 != nil { seen = [] }
                // A key that is shown twice stands for two ways to write it.
                if let key = match.3, !seen.insert(String(key)).inserted { return line }
                return String(match.1)
            }
            // Those that a table below another one would take over.
            #expect(try complaint(complete.joined(separator: "\n")) == "", "with everything")
        }

        private static let taplo = ProcessInfo.processInfo.environment["TEST_TAPLO"]

        @Test(
            "is understood by taplo",
            .enabled(if: taplo != nil, "left out: taplo with the schema: taplo could not be fetched"))
        func editor() throws {
            let folder = try TemporaryFolder()
            func check(_ file: String) throws -> (status: Int32, output: String) {
                try Tools.run(
                    try #require(Self.taplo),
                    ["check", "--schema", "file://" + Repository.file("deploy/docs/gatehouse.schema.json"), file])
            }
            let good = try check(Repository.file("config.example.toml"))
            #expect(good.status == 0, "\(good.output)")
            let bad = try check(try folder.write("[sessions]\nidel = \"1h\"\n", to: "bad.toml"))
            #expect(bad.status == 1 && bad.output.contains("idel"), "\(bad.output)")
        }

        @Test("takes every configuration of the documentation", arguments: DocumentationTests.pages)
        func documentation(path: String) throws {
            for block in DocumentedPage(try Repository.text(path)).blocks where block.language == "toml" {
                #expect(try complaint(block.text) == "", "\(path):\(block.line)")
            }
        }

        @Test(
            "refuses what is no key, no value, or no key of this backend",
            arguments: [
                ("[sessions]\nidel = \"1h\"", "idel"), ("[sessions]\nidle = 3600", "3600"),
                ("[sessions]\nidle = \"1 h\"", "1 h"),
                ("[check]\nthreads = 65", "65"), ("[log]\nlevel = \"loud\"", "loud"),
                ("[[backend]]\ntype = \"pam\"\nurls = []", "urls"),
                ("[[backend]]\ntype = \"nis\"", "nis"), ("[passwords]\nlength = { min = 5 }", "5"),
                ("[[application]]\nheaders = { you = \"X\" }", "you"),
                ("[[application]]\n[[application.rule]]\npath = \"/\"", "path"),
                ("[check]\nlisten = \"127.0.0.1:9180\"", "listen"), ("[portals]\nurl = \"\"", "portals"),
                ("[passwords]\nmemory_budget = \"46MB\"", "46MB"), ("[permissions]\n\"a.b\" = 1", "1"),
            ])
        func refusals(toml: String, word: String) throws {
            let said = try complaint(toml)
            #expect(said.contains(word) && !said.contains("failed"), "\(toml): \(said)")
        }
    }
}
