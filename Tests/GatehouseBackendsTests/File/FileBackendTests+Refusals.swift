import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

/// Files, and lines of files, that are not taken.
extension FileBackendTests {
    @Test("does not begin with a file that cannot be used")
    func start() throws {
        #expect(throws: BackendError.self) { try backend(Self.people, permissions: 0o606) }
        #expect(throws: BackendError.self) { try backend("alice", .htpasswd) }
        #expect(throws: BackendError.self) {
            try FileBackend(
                name: "file", settings: FileSettings(path: folder.file("missing"), format: .toml),
                hashers: PasswordHashers(preferred: counter), pool: WorkerPool(workers: 1, memoryBudgetKiB: 1),
                names: .exact, onProblem: { _ in })
        }
        _ = try backend(Self.people, permissions: 0o644)
        #expect(problems.all.count == 1 && problems.all[0].contains("read by everybody"))
    }

    @Test(
        "names the line that makes no sense and shows no hash",
        arguments: [
            ("[users.alice]\npassword = \"counted$s3\nx", 2), ("x = 1", 1), ("\n[people.alice]", 2),
            ("[users]\nalice = 1", 2), ("[users.alice]\nactive = \"counted$s3\"", 2),
            ("[users.alice]\ngroups = \"a\"", 2), ("[users.alice]\ngroups = [1]", 2),
            ("[users.alice]\ngroups = [\"\"]", 2), ("[users.alice]\ngroups = [[\"a\"]]", 2),
            ("[users.alice]\nemail = \"a\\r\\nb\"", 2),
            ("[users.alice]\ndisplay_name = \"\(String(repeating: "x", count: 255))\"", 2),
            ("[users.alice]\npassword = \"\(String(repeating: "counted$s3", count: 60))\"", 2),
            ("[users.\"\"]", 1), ("[users.alice]\npassword.x = 1", 2),
        ])
    func refusals(text: String, line: Int) {
        do throws(BackendError) {
            _ = try thrown(text, .toml)
            Issue.record("was accepted")
        } catch {
            guard case .unavailable(let reason) = error else { return }
            #expect(reason.hasPrefix("line \(line): "), "\(reason)")
            #expect(!reason.contains("counted"))
        }
    }

    @Test(
        "names the line of an htpasswd file that makes no sense",
        arguments: [("alice:x\nbob\n", 2), (":x", 1), ("alice:x\nalice:y", 2)])
    func htpasswdRefusals(text: String, line: Int) {
        do throws(BackendError) {
            _ = try thrown(text, .htpasswd)
            Issue.record("was accepted")
        } catch {
            guard case .unavailable(let reason) = error else { return }
            #expect(reason.hasPrefix("line \(line): "), "\(reason)")
        }
    }

    @Test("never matches hashes that are not understood, and names their lines")
    func unknownHashes() async throws {
        let text = """
            alice:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=
            bob:$apr1$lZL6V/ci$eIMz/iKDkbtys/uU7LEK00
            carol:rqXexS6ZhobKA
            """
        let backend = try backend(text, .htpasswd)
        #expect(problems.all.map { String($0.prefix(7)) } == ["line 1:", "line 2:", "line 3:"])
        for name in ["alice", "bob", "carol"] {
            counter.hashes.store(0, ordering: .relaxed)
            #expect(try await ask(backend, name, "secret") == .notMine)
            #expect(counter.hashes.load(ordering: .relaxed) == 1)
        }
    }

    @Test("names the line of a hash that asks for more than the limits, and which limit", arguments: [true, false])
    func costlyHashes(isTOML: Bool) async throws {
        let hashes = [
            "$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA",
            "$argon2id$v=19$m=65536,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA", "$2y$10$x",
            "$2y$17$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6", "$6$rounds=1000000$salt$digest",
            "{CRYPT}$2y$04$6u.Vf.jY8B3BsHJ4Rk6rX.h7ceuuIdgNyXeFXA/61zxbN/AIhdgp6",
        ]
        let lines = hashes.enumerated().map { number, hash in
            isTOML ? "users.p\(number).password = '\(hash)'" : "p\(number):\(hash)"
        }
        let backend = try backend(
            lines.joined(separator: "\n"), isTOML ? .toml : .htpasswd, others: [Argon2Hasher(), CryptHasher()])
        let words = [
            "line 1: nobody can sign in with this password hash: it asks for too much: 1GiB of memory", "line 2: ",
            "line 3: ", "line 4: ", "line 5: ",
        ]
        #expect(zip(problems.all, words).allSatisfy { $0.hasPrefix($1) } && problems.all.count == 5, "\(problems.all)")
        for word in ["verify_memory", "without t=", "bcrypt", "verify_work is 1, 8 would", "verify_work is 1, 2 would"]
        {
            #expect(problems.all.contains { $0.contains(word) }, "\(word) in \(problems.all)")
        }
        let person = try await ask(backend, "p5", "correct horse ✓")
        guard case .authenticated = person else { return #expect(Bool(false), "\(person)") }
    }

    @Test("takes no more than 100,000 people and 20 remarks")
    func limits() async throws {
        let many = (0..<100_000).map { "user\($0):{SHA}x\n" }.joined()
        let backend = try backend(many, .htpasswd)
        #expect(problems.all.count == 21)
        #expect(try await ask(backend, "user99999", "x") == .notMine)
        #expect(throws: BackendError.self) { try thrown(many + "one:more\n", .htpasswd) }
        let long = "#" + String(repeating: "x", count: 16 << 20)
        #expect(throws: BackendError.self) { try thrown(long, .htpasswd) }
        #expect(throws: BackendError.self) { try thrown("#" + String(repeating: "x", count: 1 << 20), .toml) }
    }
    private func thrown(_ text: String, _ format: FileSettings.Format) throws(BackendError) -> FileBackend {
        do { return try backend(text, format) } catch {
            throw error as? BackendError ?? .unavailable(reason: "the test itself: \(error)")
        }
    }
}
