import GatehouseCore
import GatehouseImport
import Testing

/// Everything that a source has to say, and what ended it.
private struct Reading {
    var people: [ImportedPerson] = []
    var problems: [ImportProblem] = []
    var error: ImportError?

    init(_ source: any PeopleSource) async {
        var source = source
        do throws(ImportError) {
            while let record = try await source.next() {
                switch record {
                case .person(let person): people.append(person)
                case .problem(let problem): problems.append(problem)
                }
            }
        } catch {
            self.error = error
        }
    }

    static func of(_ format: ImportFormat, _ bytes: [UInt8], pieces: Int = 65_536) async -> Reading {
        let bytes = MemoryBytes(bytes, pieces: pieces)
        switch format {
        case .htpasswd: return await Reading(HtpasswdSource(bytes))
        case .csv: return await Reading(CSVSource(bytes))
        case .authelia, .django:
            do { return await Reading(try AutheliaSource(bytes)) } catch {
                var reading = await Reading(PagedSource { [] })
                reading.error = error
                return reading
            }
        }
    }

    static func of(_ format: ImportFormat, _ text: String, pieces: Int = 65_536) async -> Reading {
        await of(format, Array(text.utf8), pieces: pieces)
    }
}

@Suite("Files of people")
struct ImportFormatTests {
    @Test(
        "htpasswd: a name and a hash in each line, however the lines end", arguments: ["\n", "\r\n"], [1, 7, 65_536])
    func htpasswd(lineEnd: String, pieces: Int) async {
        let text = ["# comment", "alice:$2y$04$x", "", "bob:$6$salt$x", "no colon"].joined(
            separator: lineEnd)
        let reading = await Reading.of(.htpasswd, text, pieces: pieces)
        #expect(reading.people.map(\.name) == ["alice", "bob"])
        #expect(reading.people.first?.encodedPassword == "$2y$04$x")
        #expect(reading.people.map(\.line) == [2, 4])
        #expect(reading.problems.map(\.line) == [5])
        #expect(reading.error == nil)
    }

    @Test(
        "hashes are taken without what other programs put around them, and fit Django's column",
        arguments: [
            ("{CRYPT}$6$salt$x", "$6$salt$x"), ("{crypt}$y$j9T$salt$x", "$y$j9T$salt$x"),
            ("{BLF-CRYPT}$2y$10$x", "$2y$10$x"), ("{SSHA}x", "{SSHA}x"), ("{x", "{x"), ("$2y$10$x", "$2y$10$x"),
            // As tinyauth's documentation has them for compose files.
            (
                "$$2a$$10$$UdLYoJ5lgPsC0RKqYH/jMua7zIn0g9kPqWmhYayJYLaZQ/FTmH2/u",
                "$2a$10$UdLYoJ5lgPsC0RKqYH/jMua7zIn0g9kPqWmhYayJYLaZQ/FTmH2/u"
            ),
            (
                "$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$" + String(repeating: "A", count: 86),
                "$pbkdf2-sha512$310000$c8p78n7pUMln0jzvd4aK4Q$" + String(repeating: "A", count: 44)
            ),
            (
                "$pbkdf2-sha256$310000$c8p78n7pUMln0jzvd4aK4Q$" + String(repeating: "A", count: 43),
                "$pbkdf2-sha256$310000$c8p78n7pUMln0jzvd4aK4Q$" + String(repeating: "A", count: 43)
            ),
        ])
    func hashes(written: String, stored: String) async {
        let lines = await Reading.of(.htpasswd, "alice:\(written)\n")
        let yaml = await Reading.of(.authelia, "users:\n  alice:\n    password: '\(written)'\n")
        let csv = await Reading.of(.csv, "username,password_hash\nalice,\(written)\n")
        for reading in [lines, yaml, csv] { #expect(reading.people.first?.encodedPassword == stored) }
    }

    @Test(
        "htpasswd: a third field that is a secret of one-time passwords is kept, as tinyauth has it; a comment is not")
    func secrets() async {
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        let reading = await Reading.of(
            .htpasswd, "alice:$2y$04$x:\(secret)\nbob:$2y$04$x:Bob from downstairs\ncarol:$2y$04$x:\ndan:$2y$04$x\n")
        #expect(reading.people.map(\.factors.count) == [1, 0, 0, 0] && reading.problems.isEmpty)
        #expect(reading.people.first?.encodedPassword == "$2y$04$x")
        #expect(reading.people.first?.factors.first == PendingFactor(base32: secret))
    }

    @Test(
        "htpasswd: a secret in small letters is one; what seems to be one and cannot be used is counted, a comment is not"
    )
    func unusable() async throws {
        let secret = "gezdgnbvgy3tqojqgezdgnbvgy3tqojq"
        let text = [secret, "GEZDGNBV1", "GEZDGNB3", "Bob from room 12345678", "downstairs", "", "room12"]
            .enumerated().map { "person\($0):$2y$04$x:\($1)\n" }.joined()
        let reading = await Reading.of(.htpasswd, text)
        #expect(reading.people.map(\.factors.count) == [1, 0, 0, 0, 0, 0, 0])
        #expect(reading.people.first?.factors.first == PendingFactor(base32: secret.uppercased()))
        #expect(reading.people.map(\.unusableFactors) == [0, 1, 1, 0, 0, 0, 0])
    }

    @Test("Authelia: names, hashes, addresses, groups and who is disabled", arguments: [1, 7, 65_536])
    func authelia(pieces: Int) async {
        let reading = await Reading.of(
            .authelia,
            """
            ---
            users:
              alice:
                displayname: "Alice Liddell"
                password: "$argon2id$v=19$m=65536,t=3,p=4$x$y"
                email: alice@example.com
                groups:
                  - admins
                  - dev
              bob:
                disabled: true
                password: '$6$salt$x'
                groups: []
            """, pieces: pieces)
        #expect(reading.error == nil && reading.problems.isEmpty, "\(reading)")
        #expect(reading.people.map(\.name) == ["alice", "bob"])
        #expect(reading.people.first?.groups == ["admins", "dev"])
        #expect(reading.people.first?.email == "alice@example.com")
        #expect(reading.people.last?.isActive == false)
        #expect(reading.people.map(\.line) == [3, 10])
    }

    @Test("CSV: quotes, line breaks inside of them, lists, and a mark at the beginning", arguments: [1, 7, 65_536])
    func csv(pieces: Int) async {
        let reading = await Reading.of(
            .csv,
            "\u{FEFF}username,email,groups,is_active,first_name\r\n"
                + "alice,a@example.com,admins;dev,true,\"A \"\"B\"\", C\"\r\n" + "bob,,,false,\r\n"
                + "carol,c@example.com,one,maybe,x\r\n" + "dave,too,few\r\n", pieces: pieces)
        #expect(reading.people.map(\.name) == ["alice", "bob"])
        #expect(reading.people.first?.firstName == "A \"B\", C")
        #expect(reading.people.first?.groups == ["admins", "dev"])
        #expect(reading.people.last?.isActive == false)
        #expect(reading.problems.map(\.line) == [4, 5])
    }

    @Test(
        "hostile files are an error or a bad line, never a crash",
        arguments: [ImportFormat.htpasswd, .authelia, .csv],
        [
            "", "\0", "\0\0\0\0", "a:\0", "users", "users:", "users: [", "users: {a: {b: {c: {d: {e: {f: 1}}}}}}",
            "users:\n  a: &x\n    password: y\n  b: *x\n", "users: !!binary abc", "username\n\"", "username\n\"a\"b\n",
            "username,username\na,b\n", ",,,\n,,,\n", "%YAML 9.9\n---\n", "users:\n\ta: b", "- a\n- b\n", ":::::\n",
            "\u{FEFF}",
            "users:\n  ? [a, b]\n  : c\n", "users: &a [*a]",
        ])
    func hostile(format: ImportFormat, text: String) async {
        let reading = await Reading.of(format, text)
        #expect(reading.people.allSatisfy { !$0.name.text.bytes.contains(0) })
    }

    @Test("what is no UTF-8, very long or very deep is refused", arguments: [ImportFormat.htpasswd, .authelia, .csv])
    func oversized(format: ImportFormat) async {
        let invalid = await Reading.of(format, Array("username\nusers:\n".utf8) + [0xFF, 0xFE, 0x3A, 0x78, 0x0A])
        #expect(invalid.people.allSatisfy { !$0.name.text.bytes.contains(0xFF) })
        #expect(invalid.error != nil || invalid.problems.count > 0)
        let long = await Reading.of(format, "username\n" + String(repeating: "x", count: 1 << 20) + ":y\n")
        #expect(long.people.isEmpty)
        let deep = await Reading.of(format, "users: " + String(repeating: "[", count: 100_000))
        #expect(deep.people.isEmpty)
        let bomb = (0..<20).map { level in
            "a\(level): &a\(level) [\([String](repeating: "*a\(level - 1)", count: 9).joined(separator: ","))]"
        }
        let exploded = await Reading.of(format, "users:\n" + bomb.joined(separator: "\n"))
        #expect(exploded.people.count <= bomb.count)
        #expect(format != .authelia || exploded.error != nil && exploded.people.isEmpty)
    }

    @Test("are told apart by their names and their first lines")
    func guess() {
        func guess(_ path: String, _ head: String = "") -> ImportFormat? {
            ImportFormat.guess(path: path, head: Array(head.utf8))
        }
        #expect(guess("/etc/nginx/.htpasswd") == .htpasswd)
        #expect(guess("users_database.yml") == .authelia)
        #expect(guess("PEOPLE.CSV") == .csv)
        #expect(guess("db", "SQLite format 3\0") == .django)
        #expect(guess("postgresql://u:p@h/db") == .django)
        #expect(guess("x", "username,email\n") == .csv)
        #expect(guess("x", "users:\n  a:") == .authelia)
        #expect(guess("x", "# c\nalice:$2y$x\n") == .htpasswd)
        #expect(guess("x", "what is this") == nil)
    }
}

@Suite("An import")
struct PeopleImportTests {
    /// A database in memory.
    private actor Target {
        var written: [ImportedPerson] = []
        func write(_ people: [ImportedPerson]) { written += people }
    }

    private struct Writer: PeopleWriter {
        let target = Target()
        var existing: [UserName: ExistingName] = [:]

        func existing(_ people: [ImportedPerson]) async throws(ImportError) -> [Int: ExistingName] {
            var found: [Int: ExistingName] = [:]
            for (index, person) in people.enumerated() { found[index] = existing[person.name] }
            return found
        }

        func write(
            _ people: [ImportedPerson], updatesExisting: Bool, progress: @escaping @Sendable (Int) -> Void
        ) async throws(ImportError) -> ImportOutcome {
            await target.write(people)
            progress(people.count)
            var outcome = ImportOutcome()
            outcome.made = people.count
            return outcome
        }
    }

    private let rules = ImportRules(
        names: UserNameRules { text, form in form == .compatible ? text : text.lowercased() },
        refusal: { $0.hasPrefix("$2y$") ? nil : "it is of no kind that is understood here" })

    private func run(_ work: PeopleImport, _ text: String, _ writer: Writer) async throws -> ImportReport {
        try await work.run(from: HtpasswdSource(MemoryBytes(Array(text.utf8))), to: writer, rules)
    }

    @Test("writes everybody or nobody, and names each bad line")
    func allOrNothing() async throws {
        let text = "alice:$2y$a\na b:$2y$b\nALICE:$2y$c\nbob:plain\ncarol:$2y$d\n"
        let writer = Writer()
        let refused = try await run(PeopleImport(), text, writer)
        #expect(refused.verdict == .refused && refused.problems.map(\.line) == [2, 3, 4])
        #expect(await writer.target.written.isEmpty)
        #expect(!refused.complaints("f").joined().contains("plain"))

        var work = PeopleImport()
        work.skipsBad = true
        work.isDryRun = true
        let tried = try await run(work, text, writer)
        #expect(tried.verdict == .tried && tried.made == 2)
        #expect(await writer.target.written.isEmpty)

        work.isDryRun = false
        let done = try await run(work, text, writer)
        #expect(done.verdict == .imported && done.made == 2)
        #expect(await writer.target.written.map(\.name) == ["alice", "carol"])
    }

    @Test("says how many secrets of one-time passwords are left out since they cannot be used")
    func unusableSecrets() async throws {
        let note = "left out 2 secrets of one-time passwords that cannot be used"
        let report = try await run(
            PeopleImport(), "alice:$2y$a:GEZDGNB3\nbob:$2y$b:GEZDGNB1GEZDGNB1\ncarol:$2y$c:Carol\n", Writer())
        #expect(report.notes == [note] && report.summary.last == "Note: \(note).")
        #expect(!report.json(file: "f", format: .htpasswd, isGuessed: false).contains("GEZD"))
        #expect(try await run(PeopleImport(), "alice:$2y$a\n", Writer()).notes.isEmpty)
    }

    @Test("says why a hash can match nothing, in the words of who judges it")
    func hashes() async throws {
        let refused = try await run(PeopleImport(), "alice:$2y$a\nbob:$9$x\ncarol:$apr1$x\n", Writer())
        #expect(
            refused.complaints("f") == [
                "f:2: the hash can match nothing here: it is of no kind that is understood here; as it is, the person needs a "
                    + "new password",
                "f:3: Apache's MD5 ($apr1$) is too weak to be taken over; make the hash anew (htpasswd -B writes bcrypt)",
            ])
    }

    @Test("takes people who exist for a bad line, unless they are to be changed")
    func existing() async throws {
        let writer = Writer(existing: ["alice": .same, "bob": .otherSpelling("Bob")])
        #expect(try await run(PeopleImport(), "alice:$2y$a\n", writer).verdict == .refused)
        var work = PeopleImport()
        work.updatesExisting = true
        #expect(try await run(work, "alice:$2y$a\n", writer).verdict == .imported)
        #expect(try await run(work, "bob:$2y$a\n", writer).verdict == .refused)
    }
}
