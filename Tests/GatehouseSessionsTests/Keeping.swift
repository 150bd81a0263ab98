import GatehouseCore
import GatehouseCrypto
import GatehouseSessions
import GatehouseTestSupport

/// A keeper over the store in memory with a clock that stands still.
struct Keeping {
    let clock = ManualClock()
    let store: MemoryRecordStore
    let secrets: SessionSecrets
    let keeper: SessionKeeper

    static let idle = Duration.seconds(600)
    static let absolute = Duration.seconds(3_600)

    init() throws {
        let clock = clock
        store = MemoryRecordStore { clock.now }
        secrets = try Keeping.makeSecrets()
        keeper = SessionKeeper(
            store: store, secrets: secrets, limits: SessionLimits(idle: Keeping.idle, absolute: Keeping.absolute))
    }

    static func makeSecrets(lookup: UInt8 = 1, seal: [(UInt8, UInt8)] = [(1, 2)]) throws -> SessionSecrets {
        SessionSecrets(
            lookup: try LookupKey([UInt8](repeating: lookup, count: 32)),
            seal: try SealKeyRing(seal.map { SealKeyRing.Key(id: $0.0, secret: [UInt8](repeating: $0.1, count: 32)) }),
            prefix: "gh:")
    }

    static let alice = Identity(
        user: UserReference(backend: "database", id: "1"), name: "alice.liddell", displayName: "Alice Liddell",
        email: "alice@wonderland.example", groups: ["croquet-team"], permissions: ["tea.pour_tea"])
    static let bob = Identity(user: UserReference(backend: "database", id: "2"), name: "bob")

    /// Signs a person in.
    func start(_ identity: Identity = alice, isRemembered: Bool = false, replacing old: SecretToken? = nil) async throws
        -> StartedSession
    {
        try await keeper.start(for: identity, isRemembered: isRemembered, replacing: old, now: clock.now)
    }

    func isSignedIn(_ token: SecretToken) async throws -> Bool {
        try await keeper.signedIn(with: token, now: clock.now) != nil
    }

    func sessionKey(_ token: SecretToken) throws -> RecordKey {
        let vault = try secrets.makeVault()
        return vault.sessionKey(try vault.id(of: token))
    }

    func identityKey(_ user: UserReference) throws -> RecordKey {
        let vault = try secrets.makeVault()
        return vault.identityKey(try vault.id(of: user))
    }
}
