import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import Synchronization
import Testing

@Suite("The database backend")
struct DatabaseBackendTests {
    /// Accounts in memory; counts nothing, keeps what is written.
    private final class Users: UserStore {
        let accounts: Mutex<[UserName: Account]>
        let signIns = Mutex<[UTF8Text]>([])
        let isDown: Bool

        init(_ accounts: [Account], isDown: Bool = false) {
            self.accounts = Mutex(Dictionary(accounts.map { ($0.name, $0) }) { first, _ in first })
            self.isDown = isDown
        }

        func account(named name: UserName) async throws(BackendError) -> Account? {
            if isDown { throw .unavailable(reason: "down") }
            return accounts.withLock { $0[name] }
        }

        func identity(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> Identity? {
            let account = accounts.withLock { $0.values.first { $0.id == id && $0.isActive } }
            return account.map { Identity(user: UserReference(backend: backend, id: id), name: $0.name) }
        }

        func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool {
            accounts.withLock { accounts in
                guard let account = accounts.values.first(where: { $0.id == id }), account.encodedPassword == old else {
                    return false
                }
                accounts[account.name] = Account(
                    id: id, name: account.name, encodedPassword: new, isActive: account.isActive)
                return true
            }
        }

        func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError) {
            signIns.withLock { $0.append(id) }
        }
    }

    /// A hasher that counts its work; a hash is `counted$` and the password.
    private final class Counter: PasswordHasher {
        let hashes = Atomic<Int>(0)
        let algorithm: String

        init(_ algorithm: String = "counted") { self.algorithm = algorithm }

        var ownMemoryKiB: Int { 1 }
        func memoryKiB(_ encoded: EncodedHash) -> Int { 1 }
        func isOutdated(_ encoded: EncodedHash) -> Bool { false }

        func matches(_ password: Password, encoded: EncodedHash) -> Bool {
            hashes.wrappingAdd(1, ordering: .relaxed)
            return encoded.parts.last == password.bytes
        }

        func make(_ password: Password) throws(CryptoError) -> String {
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
            pool: WorkerPool(workers: 2, memoryBudgetKiB: 100), normalize: { UserName($0) },
            now: { Timestamp(milliseconds: 0) })
    }

    private func signIn(_ name: String, _ password: String) async throws -> AuthenticationResult {
        try await backend(users).authenticate(Credentials(name: UTF8Text(name), password: Password(password)))
    }

    @Test("lets the right password in and notes the sign-in")
    func right() async throws {
        let user = UserReference(backend: "database", id: "1")
        #expect(try await signIn("alice", "secret") == .authenticated(Identity(user: user, name: "alice")))
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

    @Test("makes an outdated hash anew after it matched, and never after a failure")
    func rehash() async throws {
        #expect(try await signIn("old", "wrong") == .notMine)
        #expect(users.accounts.withLock { $0["old"]?.encodedPassword } == "older$secret")
        guard case .authenticated = try await signIn("old", "secret") else {
            Issue.record("the right password did not match")
            return
        }
        #expect(users.accounts.withLock { $0["old"]?.encodedPassword } == "counted$secret")
    }

    @Test("says that it could not find out when the store is down")
    func down() async throws {
        let backend = backend(Users([], isDown: true))
        await #expect(throws: BackendError.self) {
            try await backend.authenticate(Credentials(name: "alice", password: Password("secret")))
        }
    }
}

@Suite("The chain of backends")
struct BackendChainTests {
    private struct Fixed: Backend {
        let name: BackendName
        let result: AuthenticationResult

        func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult { result }
        func identity(of user: UserReference) async throws(BackendError) -> Identity? {
            guard case .authenticated(let identity) = result else { return nil }
            return identity
        }
    }

    private static let alice = Identity(user: UserReference(backend: "second", id: "1"), name: "alice")
    private let credentials = Credentials(name: "alice", password: Password("secret"))

    @Test("asks one after another until one knows the person")
    func order() async throws {
        let chain = BackendChain([
            Fixed(name: "first", result: .notMine), Fixed(name: "second", result: .authenticated(Self.alice)),
        ])
        #expect(try await chain.authenticate(credentials) == Self.alice)
        #expect(try await chain.identity(of: Self.alice.user) == Self.alice)
        #expect(try await chain.identity(of: UserReference(backend: "removed", id: "1")) == nil)
    }

    @Test("ends with a no at the first refusal")
    func refused() async throws {
        let chain = BackendChain([
            Fixed(name: "first", result: .refused), Fixed(name: "second", result: .authenticated(Self.alice)),
        ])
        #expect(try await chain.authenticate(credentials) == nil)
    }

    @Test("does not even ask about empty or oversized input")
    func limits() async throws {
        let chain = BackendChain([Fixed(name: "second", result: .authenticated(Self.alice))])
        let long = String(repeating: "x", count: 5_000)
        #expect(try await chain.authenticate(Credentials(name: "alice", password: Password(""))) == nil)
        #expect(try await chain.authenticate(Credentials(name: "alice", password: Password(long))) == nil)
        #expect(try await chain.authenticate(Credentials(name: UTF8Text(long), password: Password("x"))) == nil)
    }
}
