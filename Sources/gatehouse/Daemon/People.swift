internal import GatehouseBackends
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseImport
internal import GatehousePasswords
internal import GatehouseSystem
internal import NIOCore

/// The database of people with everything that signs them in, for the daemon and for the command line.
struct People: Sendable {
    let administration: PeopleAdministration
    let store: DjangoUserStore
    let migrator: Migrator
    let hashers: PasswordHashers
    let pool: WorkerPool
    let rules: PasswordPolicy
    let database: DatabaseBackend
    /// What names people without a password, if anything does.
    let remote: RemoteHeaderTable?
    let declared: [PermissionName]
    let labelled: [DeclaredPermission]
    private let databaseName: String
    /// The database for messages: the file, or the server without user and password.
    var place: String { databaseName }
    let isManaged: Bool

    static let backendName: BackendName = "database"

    /// Opens the database that the configuration names.
    ///
    /// - Parameters:
    ///   - configuration: which database, and what passwords must be like.
    ///   - isPatient: whether statements may take a minute rather than seconds.
    ///   - makesFile: whether a missing file is made.
    ///   - onRefusal: hears of each person whose stored hash can match nothing.
    /// - Returns: the people.
    /// - Throws: `Failure.unknown` if it cannot be opened, `Failure.usage` if a file of the password rules cannot be used.
    static func open(
        _ configuration: Configuration, isPatient: Bool = true, makesFile: Bool = true,
        onRefusal: @escaping @Sendable (UserName, HashRefusal) -> Void = { _, _ in }
    ) async throws(Failure) -> People {
        People(
            configuration, try configuration.openDatabase(isPatient: isPatient, makesFile: makesFile),
            try configuration.passwords.rules.makePolicy(), onRefusal)
    }

    private init(
        _ configuration: Configuration, _ open: OpenDatabase, _ rules: PasswordPolicy,
        _ onRefusal: @escaping @Sendable (UserName, HashRefusal) -> Void
    ) {
        self.rules = rules
        let passwords = configuration.passwords
        store = DjangoUserStore(
            open.database, tables: open.tables, needs: configuration.policy.permissionNeeds)
        migrator = Migrator(open.database, tables: open.tables)
        administration = PeopleAdministration(open.database)
        isManaged = open.tables.isManaged
        hashers = configuration.passwordHashers
        pool = WorkerPool(
            workers: passwords.workers > 0 ? passwords.workers : System.coreCount,
            memoryBudgetKiB: passwords.memoryBudget >> 10, queueLimit: passwords.queue)
        declared = configuration.policy.permissionNames.sorted()
        labelled = configuration.permissions.declared
        databaseName = open.name
        database = DatabaseBackend(
            name: People.backendName, users: store, hashers: hashers, pool: pool,
            normalize: UserNameRule.typed, now: WallClock.now, onRefusal: onRefusal)
        remote =
            configuration.backends.compactMap { table in
                if case .remoteHeader(let remote) = table.kind { remote } else { nil }
            }.first
    }

    /// How many passwords were hashed since the start.
    func hashes() async -> Int { await pool.completed }

    /// Brings the tables up to date.
    ///
    /// - Returns: how many rows were removed that belonged to nobody any more.
    /// - Throws: `Failure` if the database gives no answer or the tables are not ours.
    @discardableResult
    func migrate() async throws(Failure) -> Int {
        guard isManaged else {
            throw .usage(
                "\(databaseName): these tables belong to a site that makes them itself (database.managed = false): "
                    + "there is nothing to migrate")
        }
        do throws(DatabaseError) {
            let removed = try await migrator.migrate(declaring: declared, now: WallClock.now())
            // What the configuration calls its permissions; a label that changed is changed.
            for permission in labelled {
                _ = try await administration.declare(permission.name, label: permission.label)
            }
            return removed
        } catch .failed(let reason) {
            throw .unknown("\(databaseName): \(reason)")
        } catch {
            throw failure(error)
        }
    }

    /// - Throws: `Failure.usage` if the tables are missing or older than this program.
    func requireTables() async throws(Failure) {
        let isReady: Bool
        do { isReady = try await migrator.isUpToDate() } catch { throw failure(error) }
        guard isReady else {
            throw .usage(
                isManaged
                    ? "\(databaseName): has no tables of this version; run `gatehouse migrate`"
                    : "\(databaseName): has not the tables and columns that [database.tables] names")
        }
    }

    /// Asks what a sign-in asks, about nobody.
    ///
    /// - Throws: `Failure` if a sign-in would get no answer.
    func requireSignIns() async throws(Failure) {
        try await requireTables()
        do { try await store.probe() } catch { throw failure(error) }
    }

    /// Makes a person.
    func add(
        _ typed: String, password: Password, email: String = "", groups: [GroupName] = [],
        permissions: [PermissionName] = [], granted: [Grant] = [], missing: MissingNames = .areRefused, isStaff: Bool,
        isSuperuser: Bool, firstName: String = "", lastName: String = "", isActive: Bool = true,
        ignoresRules: Bool = false
    ) async throws(Failure) -> MadeAlongside {
        do {
            let name = try UserNameRule.normalized(typed)
            let person = PersonAttributes(
                username: name.text, firstName: UTF8Text(firstName), lastName: UTF8Text(lastName),
                email: UTF8Text(email))
            if !ignoresRules { try await refuseMisfit(password, of: person, past: nil) }
            let user = NewUser(
                name: name, encodedPassword: try await hash(password), email: email, firstName: firstName,
                lastName: lastName, isStaff: isStaff, isSuperuser: isSuperuser, isActive: isActive, groups: groups,
                permissions: permissions, granted: granted, missing: missing)
            return try await store.add(user, now: WallClock.now())
        } catch DatabaseError.unknown(let names) {
            throw await refusal(of: names, WantedNames(groups: groups, grants: granted, missing: missing))
        } catch let error as DatabaseError {
            throw failure(error, about: typed)
        } catch let error as Failure {
            throw error
        } catch {
            throw .unknown("\(error)")
        }
    }

    /// Makes a person who has no password of ours.
    func addWithoutPassword(_ name: UserName) async throws(Failure) {
        guard let tail = try? SystemRandom.octets(30) else { throw .unknown("no random octets") }
        // Django's mark of what is no password, with 40 characters behind it.
        let unusable = "!" + String(decoding: Base64URL.encode(tail), as: UTF8.self)
        let user = NewUser(
            name: name, encodedPassword: unusable, email: "", firstName: "", lastName: "", isStaff: false,
            isSuperuser: false, isActive: true, groups: [], permissions: [])
        do { _ = try await store.add(user, now: WallClock.now()) } catch {
            throw failure(error, about: name.description)
        }
    }

    /// Sets a password; with `ignoresRules`, whatever the rules for new passwords say.
    func setPassword(_ typed: String, to password: Password, ignoresRules: Bool) async throws(Failure) {
        if !ignoresRules {
            let (person, past) = try await person(typed)
            try await refuseMisfit(password, of: person, past: past)
        }
        let encoded = try await hash(password)
        do {
            try await store.setPassword(
                of: try UserNameRule.normalized(typed), to: encoded, now: WallClock.now(),
                remembering: rules.remembered)
        } catch {
            throw failure(error, about: typed)
        }
    }

    /// Says whether a person has to choose a new password at the next sign-in.
    func setMustChange(_ typed: String, _ mustChange: Bool) async throws(Failure) {
        let name = try name(typed)
        do { try await store.setMustChange(mustChange, of: name) } catch { throw failure(error, about: typed) }
    }

    /// - Throws: `Failure.refused` with everything that stands against a new password.
    private func refuseMisfit(
        _ password: Password, of person: PersonAttributes, past: PastPasswords?
    ) async throws(Failure) {
        let problems = try await judge(password, of: person, past: past)
        guard problems.isEmpty else { throw .refused(problems.joined(separator: " ")) }
    }

    /// What imported people must be like: the rules for people made by hand.
    var importRules: ImportRules {
        let hashers = hashers
        return ImportRules(
            normalize: { text throws(ImportRules.BadName) in
                do throws(DatabaseError) { return try UserNameRule.normalized(text) } catch {
                    guard case .invalidName(let reason) = error else { throw .init(reason: "\(error)") }
                    throw .init(reason: reason)
                }
            }, fold: UserNameRule.folded, refusal: { encoded in hashers.refusal(of: encoded).map { "\($0)" } })
    }

    /// - Throws: `Failure.usage` where the tables belong to a site, which alone changes them.
    func requireOwnTables() async throws(Failure) {
        guard isManaged else {
            throw .usage(
                "\(databaseName): these people belong to a site with a user model of its own (database.managed = false): "
                    + "change and list them there")
        }
        try await requireTables()
    }

    /// Runs a piece of administration and says its errors in words.
    ///
    /// `name` is what the message begins with: the person, group or permission that was named.
    ///
    /// A refusal of unknown names that were `wanted` says how they are made.
    func administer<Result>(
        _ name: String, wanting wanted: WantedNames = WantedNames(),
        _ work: (PeopleAdministration) async throws -> Result
    ) async throws(Failure) -> Result {
        do { return try await work(administration) } catch DatabaseError.unknown(let names) {
            throw await refusal(of: names, wanted)
        } catch let error as DatabaseError {
            throw failure(error, about: name)
        } catch let error as Failure {
            throw error
        } catch {
            throw .unknown("\(error)")
        }
    }

    /// The name that a typed one stands for.
    func name(_ typed: String) throws(Failure) -> UserName {
        do { return try UserNameRule.normalized(typed) } catch { throw failure(error, about: typed) }
    }

    func reference(id: UTF8Text) -> UserReference { UserReference(backend: People.backendName, id: id) }

    /// Who a name stands for; inactive people too.
    func reference(_ typed: String) async throws(Failure) -> UserReference {
        UserReference(backend: People.backendName, id: try await account(typed).id)
    }

    /// What the policy would be told about a person; `nil` is a stranger, also for an inactive account.
    func identity(named name: UserName?) async throws(Failure) -> Identity? {
        guard let name else { return nil }
        let account = try await account(name.description)
        do { return try await store.identity(of: account.id, backend: People.backendName) } catch {
            throw .unknown("\(error)")
        }
    }

    /// The names that the database has, of people only those asked about.
    func knownNames(asking users: Set<UserName>) async throws(Failure) -> KnownNames {
        do { return try await store.knownNames(asking: users) } catch { throw .unknown("\(error)") }
    }

    /// Whether somebody may do everything: an active superuser.
    func hasAdministrator() async throws(BackendError) -> Bool { try await store.hasSuperuser() }

    func account(_ typed: String) async throws(Failure) -> Account {
        let account: Account?
        do {
            account = try await store.account(named: try UserNameRule.normalized(typed))
        } catch let error as DatabaseError {
            throw failure(error, about: typed)
        } catch {
            throw .unknown("\(error)")
        }
        guard let account else { throw .refused("\(typed): there is no such user") }
        return account
    }

    func hash(_ password: Password) async throws(Failure) -> String {
        let hashers = hashers
        let encoded: String?
        do {
            encoded = try await pool.run(memoryKiB: hashers.memoryKiB(for: nil)) { try? hashers.make(password) }
        } catch {
            throw .unknown("\(error)")
        }
        guard let encoded else { throw .unknown("the password could not be hashed") }
        return encoded
    }

    private func failure(_ error: DatabaseError, about name: String = "") -> Failure {
        switch error {
        case .unavailable(let reason), .forbidden(let reason): .unknown("\(databaseName): \(reason)")
        case .failed(let reason):
            .unknown("\(databaseName): \(name.isEmpty ? "" : "\(name): ")\(reason); is `gatehouse migrate` up to date?")
        case .duplicate: .refused("\(name): exists already (names of people that differ only in case clash)")
        case .invalidName(let reason): .refused("\(name): \(reason)")
        case .notFound: .refused("\(name): there is no such user or group")
        case .unknown(let names): .refused("there is no \(names)")
        }
    }
}
