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

        @Test("name each line whose hash can match nothing here, and the limit; a higher one lets it in")
        func costlyHashes() throws {
            let fixture = try Fixture()
            let tail = "$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6"
            let digest = "$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
            let lines = [
                "large:$argon2id$v=19$m=1048576,t=1,p=1\(digest)", "fine:$2y$04\(tail)",
                "short:$argon2id$v=19$m=65536,p=1\(digest)", "cut:$2y$10$6u.Vf.jY8B3BsHJ4Rk6rX",
                "slow:$2y$17\(tail)", "many:$6$rounds=1000000$saltsalt$\(String(repeating: "A", count: 86))",
            ]
            let file = try fixture.folder.write(lines.joined(separator: "\n") + "\n", to: "costly.htpasswd")
            let (status, output) = try fixture.run("user", "import", file)
            #expect(status == 1)
            for words in [
                "costly.htpasswd:1: the hash can match nothing here: it asks for too much: 1GiB of memory (m=1048576); "
                    + "passwords.verify_memory is 256MiB",
                "costly.htpasswd:3: the hash can match nothing here: it is malformed: argon2 without t=",
                "costly.htpasswd:4: the hash can match nothing here: it is malformed: bcrypt",
                "costly.htpasswd:5: the hash can match nothing here: it asks for too much: cost 17, more than 14; "
                    + "passwords.verify_work is 1, 8 would do",
                "costly.htpasswd:6: ", "1000000 rounds (rounds=1000000), more than 500000", "5 bad lines of 6",
            ] { #expect(output.contains(words), "\(words) in \(output)") }
            #expect(!output.contains("costly.htpasswd:2") && !output.contains("AAAA"))
            try fixture.edit("[passwords]", "[passwords]\nverify_memory = \"1GiB\"\nverify_work = 8")
            let raised = try fixture.run("user", "import", file, "--skip-bad")
            #expect(
                raised.status == 0 && raised.output.contains("Made 4 people, left out 2 bad lines"), "\(raised.output)")
        }

        @Test("keep their secrets of one-time passwords: sealed, and said so")
        func factors() throws {
            let fixture = try Fixture()
            let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
            let hash = "$$2y$$04$$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6"
            let file = try fixture.folder.write("alice:\(hash):\(secret)\nbob:\(hash)\n", to: "users.htpasswd")
            let (status, output) = try fixture.run("user", "import", file)
            #expect(status == 0, "\(output)")
            #expect(
                output.contains("Kept 1 secret of one-time passwords, sealed, for when second factors come"),
                "\(output)")
            #expect(try fixture.stored("alice") == hash.replacingOccurrences(of: "$$", with: "$"))
            let kept = try fixture.query("SELECT count(*) || ' ' || min(length(sealed)) FROM gatehouse_pending_factor")
            // A head, a nonce, a tag, and the text, in base64url.
            #expect(kept.hasPrefix("1 ") && (Int(kept.dropFirst(2)) ?? 0) > 100, "\(kept)")
            for name in try FileManager.default.contentsOfDirectory(atPath: fixture.folder.path)
            where name.hasPrefix("gatehouse.db") {
                let octets = FileManager.default.contents(atPath: fixture.folder.file(name)) ?? Data()
                #expect(octets.range(of: Data(secret.utf8)) == nil && octets.range(of: Data("otpauth".utf8)) == nil)
            }
            let again = try fixture.run("user", "import", file, "--update", "--json").output
            #expect(again.contains("\"factors_kept\":1"), "\(again)")
            #expect(try fixture.query("SELECT count(*) FROM gatehouse_pending_factor") == "1")
        }

        @Test("sign in with what Authelia and passlib stored, whatever kind it is")
        func autheliaKinds() throws {
            let fixture = try Fixture()
            struct File: Decodable { let entries: [Entry] }
            struct Entry: Decodable { let id, encoded, password: String, verify: Bool }
            let vectors = Repository.file("Tests/GatehouseCryptoTests/Vectors/passlib/hashes.json")
            let entries = try JSONDecoder().decode(File.self, from: Data(contentsOf: URL(fileURLWithPath: vectors)))
                .entries.filter(\.verify)
            let people = entries.map { "  \($0.id):\n    password: '\($0.encoded)'\n" }
            try fixture.importing("users_database.yml", "users:\n" + people.joined())
            let list = try fixture.run("user", "list", "--json").output
            for entry in entries { #expect(list.contains("\"\(entry.id)\"")) }
            // The one that Django's column has no room for, as it was stored.
            let stored = try fixture.stored("authelia-pbkdf2-sha512")
            #expect(stored.utf8.count <= 128)
            let password = try fixture.folder.write("correct horse ✓\n", to: "right")
            #expect(try fixture.run("hash", "check", stored, "--password-file", password).status == 0)
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

            func edit(_ old: String, _ new: String) throws {
                let text = try String(contentsOfFile: config, encoding: .utf8)
                let whole = text.contains(old) ? text.replacingOccurrences(of: old, with: new) : text + "\n\(new)\n"
                try whole.write(toFile: config, atomically: true, encoding: .utf8)
            }

            /// The stored hash of a person.
            func stored(_ name: String) throws -> String {
                try query("SELECT password FROM auth_user WHERE username = '\(name)'")
            }

            /// The first value of what the database answers.
            func query(_ sql: String) throws -> String {
                let script = """
                    import sqlite3, sys
                    print(sqlite3.connect(sys.argv[1]).execute(sys.argv[2]).fetchone()[0])
                    """
                return try Tools.run("/usr/bin/python3", ["-c", script, folder.file("gatehouse.db"), sql]).output
                    .trimmingCharacters(in: .whitespacesAndNewlines)
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
