import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseSystem
import GatehouseTestSupport
import Synchronization
import Testing

@Suite("The database backend")
struct DatabaseBackendTests {
    /// A hasher that counts its work; a hash is `counted$` and the password.
    private final class Counter: PasswordHasher {
        let hashes = Atomic<Int>(0)
        let isBroken = Atomic<Bool>(false)
        let algorithm: String

        init(_ algorithm: String = "counted") { self.algorithm = algorithm }

        var ownMemoryKiB: Int { 1 }
        func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }
        func isOutdated(_ encoded: EncodedHash) -> Bool { false }
        func refusal(_ encoded: EncodedHash) -> HashRefusal? { nil }

        func matches(_ password: Password, encoded: EncodedHash) throws(CryptoError) -> Bool {
            if isBroken.load(ordering: .relaxed) { throw .argon2(code: -22) }
            hashes.wrappingAdd(1, ordering: .relaxed)
            return encoded.parts.last == password.bytes
        }

        func make(_ password: Password) throws(CryptoError) -> String {
            if isBroken.load(ordering: .relaxed) { throw .argon2(code: -22) }
            hashes.wrappingAdd(1, ordering: .relaxed)
            return "\(algorithm)$" + String(decoding: password.bytes, as: UTF8.self)
        }
    }

    private static let accounts = [
        Account(id: "1", name: "alice", encodedPassword: "counted$secret", isActive: true),
        Account(id: "2", name: "gone", encodedPassword: "counted$secret", isActive: false),
        Account(id: "3", name: "unusable", encodedPassword: "!abc", isActive: true),
        Account(id: "4", name: "broken", encodedPassword: "nothing known", isActive: true),
        Account(id: "5", name: "old", encodedPassword: "older$secret", isActive: true),
    ]

    private let users = Users(accounts)
    private let counter = Counter()
    private let older = Counter("older")

    private func backend(_ users: Users) -> DatabaseBackend {
        DatabaseBackend(
            users: users, hashers: PasswordHashers(preferred: counter, others: [older]),
            pool: WorkerPool(workers: 2, memoryBudgetKiB: 100), names: .exact,
            now: { Timestamp(milliseconds: 0) })
    }

    private func signIn(_ name: String, _ password: String) async throws -> AuthenticationResult {
        try await backend(users).authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    @Test("passes the conformance suite of all backends")
    func conforms() async throws {
        try await BackendCheck(backend(Users(Self.accounts)), name: "alice", password: "secret").run()
    }

    @Test("lets the right password in and notes the sign-in")
    func right() async throws {
        let user = UserReference(backend: "database", id: "1")
        let identity = Identity(user: user, name: "alice", credential: try Digest.credential("counted$secret"))
        #expect(try await signIn("alice", "secret") == .authenticated(identity))
        #expect(try await backend(users).identity(of: user, known: nil) == identity)
        #expect(users.signIns.withLock { $0 } == ["1"])
    }

    @Test(
        "does the same work for wrong, unknown, inactive, unusable and malformed accounts, and says the same",
        arguments: ["alice", "nobody", "gone", "unusable", "broken"])
    func sameWork(name: String) async throws {
        #expect(try await signIn(name, "wrong") == .notMine)
        #expect(counter.hashes.load(ordering: .relaxed) == 1)
        #expect(users.signIns.withLock { $0.isEmpty })
    }

    @Test("keeps inactive people out with the right password, too")
    func inactive() async throws {
        #expect(try await signIn("gone", "secret") == .notMine)
        #expect(users.accounts.withLock { $0["gone"]?.encodedPassword } == "counted$secret")
    }

    @Test("makes an outdated hash anew after it matched, and never after a failure, which costs the same")
    func rehash() async throws {
        #expect(try await signIn("old", "wrong") == .notMine)
        #expect(counter.hashes.load(ordering: .relaxed) == 1)
        #expect(older.hashes.load(ordering: .relaxed) == 1)
        #expect(users.accounts.withLock { $0["old"]?.encodedPassword } == "older$secret")
        guard case .authenticated(let identity) = try await signIn("old", "secret") else {
            Issue.record("the right password did not match")
            return
        }
        #expect(identity.credential == (try Digest.credential("counted$secret")))
        #expect(identity.formerCredential == (try Digest.credential("older$secret")))
        #expect(users.accounts.withLock { $0["old"]?.encodedPassword } == "counted$secret")
        #expect(counter.hashes.load(ordering: .relaxed) == 2)
        #expect(older.hashes.load(ordering: .relaxed) == 2)
    }

    @Test(
        "compares once more if the hash is another one by now: a changed password is out, a new hash of the same is in")
    func overtaken() async throws {
        users.meanwhile.withLock { $0 = "counted$other" }
        #expect(try await signIn("alice", "secret") == .notMine)
        let again = Users(Self.accounts)
        again.meanwhile.withLock { $0 = "counted$secret" }
        let credentials = Credentials(name: "old", password: Password("secret"))
        guard case .authenticated(let identity) = try await backend(again).authenticate(credentials) else {
            return #expect(Bool(false), "the right password did not match")
        }
        #expect(identity.credential == (try Digest.credential("counted$secret")) && identity.formerCredential == nil)
    }

    @Test("signs in although neither the new hash nor the moment could be kept")
    func keepsNothing() async throws {
        let users = Users(Self.accounts, refusesWrites: true)
        let credentials = Credentials(name: "old", password: Password("secret"))
        let user = UserReference(backend: "database", id: "5")
        let result = try await backend(users).authenticate(credentials)
        let credential = try Digest.credential("older$secret")
        #expect(result == .authenticated(Identity(user: user, name: "old", credential: credential)))
        #expect(users.accounts.withLock { $0["old"]?.encodedPassword } == "older$secret")
    }

    @Test("says that it could not find out, for known and unknown people alike, when a hash cannot be computed")
    func noMemory() async throws {
        counter.isBroken.store(true, ordering: .relaxed)
        for name in ["alice", "nobody", "gone", "unusable", "broken"] {
            await #expect(throws: BackendError.self, "\(name)") { try await signIn(name, "secret") }
        }
    }

    @Test("hashes for a name that can be nobody's, without asking the store for it")
    func impossibleName() async throws {
        let backend = DatabaseBackend(
            users: Users([], isDown: true), hashers: PasswordHashers(preferred: counter),
            pool: WorkerPool(workers: 1, memoryBudgetKiB: 1), names: UserNameRules { _, _ in nil },
            now: { Timestamp(milliseconds: 0) })
        let credentials = Credentials(name: "a\0b", password: Password("secret"))
        #expect(try await backend.authenticate(credentials) == .notMine)
        #expect(counter.hashes.load(ordering: .relaxed) == 1)
    }

    @Test("tells once of each person whose hash can match nothing here, and why; not of those who have no password")
    func refusedHashes() async throws {
        let told = Mutexed<[String]>([])
        let users = Users(
            [
                ("1", "costly", "$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"),
                ("2", "foreign", "sha1$salt$x"), ("3", "unusable", "!abc"), ("4", "none", ""),
                ("5", "alice", "counted$secret"), ("6", "broken", "$2y$10$x"),
            ].map { Account(id: UTF8Text($0.0), name: UserName($0.1), encodedPassword: $0.2, isActive: true) })
        let backend = DatabaseBackend(
            users: users,
            hashers: PasswordHashers(preferred: counter, others: [Argon2Hasher(), CryptHasher()]),
            pool: WorkerPool(workers: 2, memoryBudgetKiB: 100), names: .exact,
            now: { Timestamp(milliseconds: 0) },
            onRefusal: { name, refusal in told.change { $0.append("\(name): \(refusal)") } })
        for name: UTF8Text in ["costly", "foreign", "unusable", "none", "alice", "broken", "nobody"] {
            for _ in 0..<3 {
                counter.hashes.store(0, ordering: .relaxed)
                let result = try await backend.authenticate(Credentials(name: name, password: Password("wrong")))
                #expect(result == .notMine)
                #expect(counter.hashes.load(ordering: .relaxed) == 1, "as much work as for anybody")
            }
        }
        let lines = told.value.sorted()
        #expect(lines.count == 3, "\(lines)")
        #expect(lines.first?.hasPrefix("broken: it is malformed: bcrypt") == true, "\(lines)")
        #expect(lines.contains { $0.hasPrefix("costly: ") && $0.contains("passwords.verify_memory is 256MiB") })
        #expect(lines.last == "foreign: it is of no kind that is understood here")
    }

    @Test("knows its own people only")
    func ownPeople() async throws {
        let backend = backend(users)
        let alice = UserReference(backend: "database", id: "1")
        #expect(try await backend.identity(of: alice, known: nil)?.name == "alice")
        #expect(try await backend.identity(of: UserReference(backend: "database", id: "2"), known: nil) == nil)
        #expect(try await backend.identity(of: UserReference(backend: "ldap", id: "1"), known: nil) == nil)
    }

    @Test("keeps 200 sign-ins at once within the memory budget, and is busy beyond the queue")
    func rush() async throws {
        let argon2 = Argon2Hasher(.init(memoryKiB: 1_024, iterations: 1, parallelism: 1))
        let encoded = try argon2.make(Password("secret"))
        let users = Users([Account(id: "1", name: "alice", encodedPassword: encoded, isActive: true)])
        let pool = WorkerPool(workers: 4, memoryBudgetKiB: 2_500, queueLimit: 32, maxWait: .seconds(60))
        let backend = DatabaseBackend(
            users: users, hashers: PasswordHashers(preferred: argon2), pool: pool, names: .exact,
            now: { Timestamp(milliseconds: 0) })
        let outcomes = await withTaskGroup(of: String.self) { group in
            for number in 0..<200 {
                let name: UTF8Text = number.isMultiple(of: 2) ? "alice" : "nobody"
                group.addTask {
                    do {
                        let credentials = Credentials(name: name, password: Password("secret"))
                        let result = try await backend.authenticate(credentials)
                        return result == .notMine ? "no" : "yes"
                    } catch BackendError.busy {
                        return "busy"
                    } catch {
                        return "error"
                    }
                }
            }
            return await group.reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
        }
        let answered = (outcomes["yes"] ?? 0) + (outcomes["no"] ?? 0)
        // A quarter of the places in the queue is not for strangers.
        #expect(answered >= 24)
        #expect(outcomes["busy"] == 200 - answered)
        #expect(outcomes["error"] == nil)
        #expect(await pool.completed == answered)
        #expect(await pool.peakMemoryKiB == 2_048)
    }

    @Test("says that it could not find out when the store is down, and that no password was compared")
    func down() async throws {
        let backend = backend(Users([], isDown: true))
        await #expect(throws: BackendError.self) {
            try await backend.authenticate(
                Credentials(name: "alice", password: Password("secret"), onUse: { _ in Issue.record("compared") }))
        }
    }

    @Test("tells a comparison from the same work for nobody")
    func uses() async throws {
        let backend = backend(users)
        for (name, use) in [("alice", PasswordUse.compared), ("nobody", .spent)] {
            let uses = Mutex<[PasswordUse]>([])
            _ = try await backend.authenticate(
                Credentials(
                    name: UTF8Text(name), password: Password("wrong"),
                    onUse: { use in uses.withLock { $0.append(use) } }))
            #expect(uses.withLock { $0 } == [use])
        }
    }
}
