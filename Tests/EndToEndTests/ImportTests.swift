internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("People who come from elsewhere")
    struct ImportTests {
        @Test("sign in with the passwords that they had: htpasswd, Authelia, CSV")
        func formats() throws {
            let fixture = try Fixture()
            let hash = try fixture.hash("once upon a time", "bcrypt_sha256")
            let crypt =
                "$6$saltsaltsalt$U/FfSjC4P76fXhRb.fyXO47m2pU7UB6vMPZUbkLbbBE1D1TSd3ptjbouAS23Dil.E1KNA6IMF/WgOj4d7XOGr1"
            try fixture.importing("people.csv", "username,password_hash,groups\nwith-csv,\(hash),editors;finance\n")
            try fixture.importing(".htpasswd", "with-htpasswd:\(crypt)\n")
            try fixture.importing(
                "users_database.yml",
                """
                users:
                  with-authelia:
                    displayname: Somebody
                    password: "\(crypt)"
                    groups: [finance]
                """)
            let list = try fixture.run("user", "list", "--json").output
            for name in ["with-csv", "with-htpasswd", "with-authelia"] { #expect(list.contains("\"\(name)\"")) }
            let shown = try fixture.run("user", "show", "with-csv", "--json").output
            #expect(shown.contains("\"groups\":[\"editors\",\"finance\"]"), "\(shown)")
            let wrong = try fixture.folder.write("wrong\n", to: "wrong")
            #expect(try fixture.run("hash", "check", crypt, "--password-file", wrong).status == 1)
            let right = try fixture.folder.write("correct horse ✓\n", to: "right")
            #expect(try fixture.run("hash", "check", crypt, "--password-file", right).status == 0)
        }

        @Test("come in from another database, all of them or none")
        func database() throws {
            let old = try Fixture()
            try old.importing("people.csv", "username,email,groups,is_staff\n\(old.lines(2_500))")
            let new = try Fixture()
            let file = old.folder.file("gatehouse.db")
            let (status, output) = try new.run("user", "import", file)
            #expect(status == 0 && output.contains("2500"), "\(output)")
            #expect(
                try new.run("user", "list", "--group", "all", "--json").output.split(separator: "\n").count == 2_501)
            #expect(try new.run("user", "import", file).status == 1, "they exist")
            #expect(try new.run("user", "import", file, "--update").status == 0)
            let (code, complaint) = try new.run(
                "user", "import", try new.folder.write("username\na b\nfine\n", to: "b.csv"))
            #expect(code == 1 && complaint.contains("b.csv:2"), "\(complaint)")
            #expect(try new.run("user", "show", "fine").status == 1)
            #expect(try new.run("user", "import", new.folder.file("no such file")).status == 2)
        }

        /// A configuration with an empty database.
        private struct Fixture {
            let folder: TemporaryFolder
            private let config: String

            init() throws {
                folder = try TemporaryFolder()
                config = folder.file("gatehouse.toml")
                for arguments in [
                    ["init", "--portal", "https://auth.example.com", "--host", "auth.example.com"], ["migrate"],
                ] {
                    let (status, output) = try Tools.run(try Repository.gatehouse(), arguments + ["--config", config])
                    guard status == 0 else { throw Stack.Failure(description: output) }
                }
            }

            func run(_ arguments: String...) throws -> (status: Int32, output: String) {
                try Tools.run(try Repository.gatehouse(), arguments + ["--config", config])
            }

            func importing(_ name: String, _ text: String) throws {
                let (status, output) = try run("user", "import", try folder.write(text, to: name))
                #expect(status == 0, "\(name): \(output)")
            }

            func hash(_ password: String, _ hasher: String) throws -> String {
                let file = try folder.write(password + "\n", to: "password")
                return try run("hash", "make", "--hasher", hasher, "--password-file", file).output
                    .trimmingCharacters(in: .whitespacesAndNewlines)
            }

            func lines(_ count: Int) -> String {
                (0..<count).map { "user\($0),user\($0)@example.com,all;g\($0 % 7),\($0 % 2 == 0)\n" }.joined()
            }
        }
    }
}
