import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

@Suite("The file backend")
struct FileBackendTests {
    /// A hasher that counts its work; a hash is `counted$` and the password.
    final class Counter: PasswordHasher {
        let hashes = Atomic<Int>(0)
        var algorithm: String { "counted" }
        var ownMemoryKiB: Int { 1 }
        func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }
        func isOutdated(_ encoded: EncodedHash) -> Bool { false }
        func refusal(_ encoded: EncodedHash) -> HashRefusal? { nil }

        func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
            hashes.wrappingAdd(1, ordering: .relaxed)
            return encoded.parts.last == password.bytes
        }

        func make(_ password: Password) throws(CryptoError) -> String {
            hashes.wrappingAdd(1, ordering: .relaxed)
            return "counted$"
        }
    }

    final class Problems: Sendable {
        private let texts = Mutex<[String]>([])
        var all: [String] { texts.withLock { $0 } }
        func add(_ text: String) { texts.withLock { $0.append(text) } }
    }

    let folder: TemporaryFolder
    let counter = Counter()
    let problems = Problems()

    init() throws { folder = try TemporaryFolder() }

    func backend(
        _ text: String, _ format: FileSettings.Format = .toml, permissions: Int = 0o600,
        others: [any PasswordHasher] = []
    ) throws -> FileBackend {
        let path = try folder.write(text, to: "people", permissions: permissions)
        let problems = problems
        return try FileBackend(
            name: "file", settings: FileSettings(path: path, format: format),
            hashers: PasswordHashers(preferred: counter, others: others),
            pool: WorkerPool(workers: 2, memoryBudgetKiB: 100), timeout: .seconds(120),
            names: UserNameRules { text, _ in text.isEmpty || text.utf8.contains(0) ? nil : text },
            onProblem: { problems.add($0) })
    }

    func ask(
        _ backend: FileBackend, _ name: String, _ password: String
    ) async throws(BackendError) -> AuthenticationResult {
        try await backend.authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    private func signsIn(_ backend: FileBackend, _ name: String, _ password: String) async throws -> Bool {
        if case .authenticated = try await ask(backend, name, password) { true } else { false }
    }

    static let people = """
        [users.alice]
        password = "counted$secret"
        display_name = "Alice Ärmel"
        email = "alice@example.com"
        groups = ["staff", "editors", "staff"]
        staff = true
        [users.gone]
        password = "counted$secret"
        active = false
        [users.unusable]
        password = "!abc"
        [users.empty]
        [users."boss@example.com"]
        password = "counted$boss"
        superuser = true
        """

    @Test("passes the conformance suite with TOML and with htpasswd's bcrypt")
    func conformance() async throws {
        try await BackendCheck(try backend(Self.people), name: "alice", password: "secret").run()
        #expect(problems.all == [])
        // Made by OpenBSD's crypt_blowfish test: "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW" is
        // "U*U".
        let line = "# people\n\nalice:$2y$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW:a comment\r\n"
        let htpasswd = try backend(line, .htpasswd, others: [CryptHasher()])
        try await BackendCheck(htpasswd, name: "alice", password: "U*U").run()
        #expect(problems.all == [])
    }

    @Test("tells what stands in the file about a person")
    func identity() async throws {
        let backend = try backend(Self.people)
        let alice = Identity(
            user: UserReference(backend: "file", id: "alice"), name: "alice", displayName: UTF8Text("Alice Ärmel"),
            email: "alice@example.com", isStaff: true, groups: ["editors", "staff"],
            credential: try Digest.credential("counted$secret"))
        #expect(try await ask(backend, "alice", "secret") == .authenticated(alice))
        #expect(try await backend.identity(of: alice.user, known: nil) == alice)
        guard case .authenticated(let boss) = try await ask(backend, "boss@example.com", "boss") else {
            Issue.record("the right password was not accepted")
            return
        }
        #expect(boss.isSuperuser && !boss.isStaff)
        let gone = UserReference(backend: "file", id: "gone")
        #expect(try await backend.identity(of: gone, known: nil) == nil)
    }

    @Test(
        "does the same work for wrong, unknown, inactive and unusable people, and says the same",
        arguments: ["alice", "nobody", "gone", "unusable", "empty", "a\u{0}"])
    func sameWork(name: String) async throws {
        let backend = try backend(Self.people)
        #expect(try await ask(backend, name, "wrong") == .notMine)
        #expect(counter.hashes.load(ordering: .relaxed) == 1)
        if name == "gone" { #expect(try await ask(backend, name, "secret") == .notMine) }
    }

    @Test("sees a change, and ends sessions of a changed or removed password")
    func reload() async throws {
        let backend = try backend(Self.people)
        let alice = UserReference(backend: "file", id: "alice")
        let before = try await backend.identity(of: alice, known: nil)?.credential
        try folder.write("[users.alice]\npassword = \"counted$fresh!\"\n", to: "people")
        #expect(try await eventually { try await signsIn(backend, "alice", "fresh!") })
        #expect(try await ask(backend, "alice", "secret") == .notMine)
        let after = try await backend.identity(of: alice, known: nil)?.credential
        #expect(after != nil && after != before)
        try folder.write("[users.alice]\n", to: "people")
        #expect(try await eventually { try await !signsIn(backend, "alice", "fresh!") })
        let without = try await backend.identity(of: alice, known: nil)?.credential
        #expect(without != nil && without != after && without != before)
        try folder.write("[users.bob]\n", to: "people")
        #expect(try await eventually { try await backend.identity(of: alice, known: nil) == nil })
        #expect(problems.all == [])
    }

    @Test("answers many at once, also when it is time to look at the file again")
    func together() async throws {
        let backend = try backend(Self.people)
        let end = ContinuousClock.now + .milliseconds(2_300)
        while ContinuousClock.now < end {
            let count = try await withThrowingTaskGroup(of: Bool.self) { group in
                for _ in 0..<8 { group.addTask { try await signsIn(backend, "alice", "secret") } }
                return try await group.reduce(0) { $0 + ($1 ? 1 : 0) }
            }
            #expect(count == 8)
            try await Task.sleep(for: .milliseconds(20))
        }
    }

    @Test("keeps the last good version while a new one is broken, and says so once")
    func broken() async throws {
        let backend = try backend(Self.people)
        try folder.write("[users.alice]\npasswrod = \"counted$other\"\n", to: "people")
        #expect(try await eventually { try await signsIn(backend, "alice", "secret") && !problems.all.isEmpty })
        let first = problems.all
        #expect(first.count == 1 && first[0].contains("line 2") && first[0].contains("passwrod"))
        #expect(!first[0].contains("counted"))
        try folder.write("[users.alice]\npassword = \"counted$third\"\n", to: "people")
        #expect(try await eventually { try await signsIn(backend, "alice", "third") })
        #expect(problems.all == first)
    }

    @Test(
        "knows nobody while the file is gone, no file, or writable by everybody", arguments: ["gone", "folder", "mode"])
    func unusable(how: String) async throws {
        let backend = try backend(Self.people)
        let path = folder.file("people")
        switch how {
        case "gone": try rename("people", "other")
        case "folder":
            try rename("people", "other")
            try make(folder: path)
        default: try folder.write(Self.people, to: "people", permissions: 0o602)
        }
        let isUnavailable = { () async -> Bool in
            do throws(BackendError) {
                _ = try await ask(backend, "alice", "secret")
                return false
            } catch {
                guard case .unavailable = error else { return false }
                return true
            }
        }
        #expect(await eventually { await isUnavailable() })
        await #expect(throws: BackendError.self) {
            try await backend.identity(of: UserReference(backend: "file", id: "alice"), known: nil)
        }
        #expect(problems.all.count == 1)
        if how == "folder" { try rename("people", "folder") }
        if how != "mode" { try rename("other", "people") } else { try folder.write(Self.people, to: "people") }
        #expect(await eventually { await !isUnavailable() })
    }
}
