import GatehouseBackends
import GatehouseCore
import GatehouseCrypto
import GatehouseDatabase
import GatehousePasswords
import GatehousePeople
import GatehouseSessions
internal import GatehouseSystem
import GatehouseTestSupport

/// People in a SQLite file of their own, with sessions in memory: everything that a page or a command would be given, without
/// either of them.
struct PeopleFixture {
    let clock = ManualClock()
    let people: People
    let store: MemoryRecordStore
    var keeper: SessionKeeper
    private let secrets: SessionSecrets
    private let folder: TemporaryFolder

    static let password = Password("a long way to the gate")

    /// - Parameters:
    ///   - isManaged: whether the tables are ours.
    ///   - writesBack: whether passwords may be written.
    ///   - migrates: whether the tables are made.
    /// - Throws: whatever keeps the database from being made.
    init(isManaged: Bool = true, writesBack: Bool = true, migrates: Bool = true) async throws {
        let clock = clock
        folder = try TemporaryFolder()
        var tables = DjangoTables()
        (tables.isManaged, tables.writesBack) = (isManaged, writesBack)
        let database = try Database(sqlitePath: folder.file("people.db"))
        if migrates, !isManaged { _ = try await Migrator(database).migrate(declaring: [], now: clock.now) }
        let work = PasswordWork(
            hashers: PasswordHashers(preferred: PBKDF2Hasher(iterations: 1)),
            pool: WorkerPool(workers: 1, memoryBudgetKiB: 1_024),
            rules: PasswordPolicy([.validator(LengthValidator(minimum: 8)), .history(remembered: 2)]))
        people = People(
            PeopleDatabase(database, tables: tables, place: "people.db"), passwords: work,
            permissions: NamedPermissions(
                declared: ["reports.view_report"], labelled: [.init("reports.change_report", label: "Can change")]),
            now: { clock.now })
        if migrates, isManaged { try await people.migrations.bringUpToDate() }
        let records = MemoryRecordStore { clock.now }
        store = records
        secrets = SessionSecrets(
            lookup: try LookupKey([UInt8](repeating: 1, count: 32)),
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 2, count: 32))]), prefix: "gh:")
        keeper = SessionKeeper(store: records, secrets: secrets, names: .django)
    }

    /// The same people with sessions elsewhere.
    func with(_ store: any RecordStore) -> PeopleFixture {
        var other = self
        other.keeper = SessionKeeper(store: store, secrets: secrets, names: .django)
        return other
    }

    var door: SessionDoor {
        let keeper = keeper
        return SessionDoor(open: { SessionDoor.Opened(keeper) })
    }

    /// The store of sessions cannot even be opened.
    static let closedDoor = SessionDoor(open: { () async throws(StoreError) in throw .unavailable(reason: "away") })

    func administrator() async throws -> PeopleAdministrator { try await people.administrator(door) }

    @discardableResult
    func add(
        _ name: String, isSuperuser: Bool = false, groups: [GroupName] = [], granted: [Grant] = []
    ) async throws -> PeopleChange {
        var draft = PersonDraft(name: name)
        (draft.isSuperuser, draft.groups, draft.granted, draft.missing) = (isSuperuser, groups, granted, .areMade)
        return try await administrator().add(draft, password: PeopleFixture.password)
    }

    /// Signs somebody in, as they are in the database.
    func signIn(_ name: UserName) async throws -> SecretToken {
        let account = try await people.lookup.reference(name.description)
        guard let identity = try await people.backend.identity(of: account, known: nil) else { throw NobodyThere() }
        return try await start(identity)
    }

    func start(_ identity: Identity) async throws -> SecretToken {
        try await keeper.start(for: identity, isRemembered: false, replacing: nil, now: clock.now).token
    }

    /// What the session knows; `nil` if it ended.
    func identity(_ token: SecretToken) async throws -> Identity? {
        try await keeper.signedIn(with: token, now: clock.now)?.identity
    }

    struct NobodyThere: Error {}
}
