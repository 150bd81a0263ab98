import GatehouseCore
import GatehouseTestSupport
import Testing

@testable import GatehouseDatabase

/// The databases that every test of people runs on.
enum DatabaseKind: String, CaseIterable, Sendable, CustomTestStringConvertible {
    case sqlite, postgreSQL
    /// PostgreSQL behind PgBouncer, which hands every transaction any connection of a few.
    case pooled

    static var allCases: [DatabaseKind] { [.sqlite, .postgreSQL] + (PgBouncer.isInstalled ? [.pooled] : []) }

    var testDescription: String { rawValue }
}

/// A fresh database of one kind, from which any number of connections can be opened.
struct FreshDatabase: Sendable {
    let kind: DatabaseKind
    private let folder: TemporaryFolder
    private let url: String

    init(_ kind: DatabaseKind) async throws {
        self.kind = kind
        folder = try TemporaryFolder()
        url =
            switch kind {
            case .sqlite: folder.file("people.db")
            case .postgreSQL: try await PostgresServer.shared().makeDatabase()
            case .pooled: try await PgBouncer.shared().makeDatabase()
            }
    }

    func open() throws -> Database {
        switch kind {
        case .sqlite: try Database(sqlitePath: url)
        case .postgreSQL, .pooled:
            try Database(PostgreSQLSettings(url: url, connections: 2, connectDeadline: .seconds(10)))
        }
    }
}

/// People in fresh tables.
struct PeopleUnderTest: Sendable {
    let fresh: FreshDatabase
    let database: Database
    let store: DjangoUserStore
    let administration: PeopleAdministration
    let now = Timestamp(milliseconds: 1_800_000_000_123)

    init(_ kind: DatabaseKind) async throws {
        fresh = try await FreshDatabase(kind)
        database = try fresh.open()
        store = DjangoUserStore(database)
        administration = PeopleAdministration(database)
        try await Migrator(database).migrate(declaring: ["reports.view_report"], now: now)
    }

    @discardableResult
    func add(
        _ name: String, isSuperuser: Bool = false, groups: [GroupName] = [], permissions: [PermissionName] = []
    ) async throws -> MadeAlongside {
        let user = NewUser(
            name: try UserNameRule.normalized(name), encodedPassword: "!", email: "a@example.com",
            isSuperuser: isSuperuser, groups: groups, permissions: permissions)
        return try await store.add(user, now: now)
    }

    func identity(_ name: UserName) async throws -> Identity? {
        guard let account = try await store.account(named: name) else { return nil }
        return try await store.identity(of: account.id, backend: "database")
    }

    /// Runs statements as somebody else does who writes to the tables.
    @discardableResult
    func sql(_ statements: String...) async throws -> [SQLRow] {
        try await database.run { connection throws(DatabaseError) in
            var rows: [SQLRow] = []
            for statement in statements { rows = try connection.execute(statement) }
            return rows
        }
    }
}
