package import GatehouseCore

/// People, groups and permissions in Django's tables, read for sign-ins.
package struct DjangoUserStore: UserStore {
    let database: Database
    let tables: DjangoTables
    /// The permissions that are read along: those that somebody asks for.
    let needs: PermissionNeeds

    /// Statements are fixed texts; names of tables come from the configuration, which takes plain names only.
    private let selectAccount: String
    private let selectPerson: String
    private let updatePassword: String
    private let updateLastLogin: String

    package init(
        _ database: Database, tables: DjangoTables = DjangoTables(), needs: PermissionNeeds = .everything
    ) {
        self.database = database
        self.needs = needs
        self.tables = tables
        let users = tables.quoted(tables.users)
        let (id, name) = (tables.quoted(tables.id), tables.quoted(tables.username))
        let password = tables.quoted(tables.password)
        let isActive = tables.column(tables.isActive, else: "TRUE")
        selectAccount = "SELECT \(id), \(name), \(password), \(isActive) FROM \(users) WHERE \(name) = ?"
        let columns = [
            name, tables.column(tables.firstName, else: "''"), tables.column(tables.lastName, else: "''"),
            tables.column(tables.email, else: "''"), tables.column(tables.isStaff, else: "FALSE"),
            tables.column(tables.isSuperuser, else: "FALSE"), password,
        ]
        selectPerson = "SELECT \(columns.joined(separator: ", ")) FROM \(users) WHERE \(id) = ? AND \(isActive)"
        updatePassword = "UPDATE \(users) SET \(password) = ? WHERE \(id) = ? AND \(password) = ?"
        updateLastLogin =
            tables.lastLogin.isEmpty
            ? "" : "UPDATE \(users) SET \(tables.quoted(tables.lastLogin)) = ? WHERE \(id) = ?"
    }

    package func account(named name: UserName) async throws(BackendError) -> Account? {
        // PostgreSQL cannot even be asked about such a name.
        guard !name.text.bytes.contains(0) else { return nil }
        let sql = selectAccount
        return try await asking { connection throws(DatabaseError) in
            let rows = try connection.execute(sql, [.text(name.text.bytes)])
            // A collation of the database's own may find other names too.
            guard let row = rows.first(where: { $0.text(1) == name.text.bytes }), let id = row.text(0) else {
                return nil
            }
            return Account(
                id: UTF8Text(wellFormed: id), name: name, encodedPassword: row.string(2), isActive: row.flag(3))
        }
    }

    package func person(of id: UTF8Text, backend: BackendName) async throws(BackendError) -> StoredPerson? {
        guard let key = key(id) else { return nil }
        do { return try await person(key, id, backend) } catch { throw .unavailable(reason: "database: \(error)") }
    }

    /// Asks about nobody what every sign-in asks about somebody: whether each table and column of it is there.
    ///
    /// - Throws: `DatabaseError.failed` if one is missing or may not be read, `DatabaseError.unavailable` without an answer.
    package func probe() async throws(DatabaseError) {
        let (account, person, tables, needs) = (selectAccount, selectPerson, tables, needs)
        let passwordAccount = "\(DjangoUserStore.selectAccounts(tables)) WHERE u.\(tables.quoted(tables.id)) = ?"
        let key: SQLValue = tables.isManaged ? .integer(-1) : .null
        try await database.run { connection throws(DatabaseError) in
            let guardian: ObjectGrantQueries.Guardian = needs.onObjects.isEmpty ? .none : try .find(connection)
            try connection.snapshot(of: tables.aboutPeople(guardian)) { connection throws(DatabaseError) in
                try connection.execute(account, [.text("")])
                try connection.execute(person, [key])
                try connection.execute(passwordAccount, [key])
                _ = try PermissionQueries.groups(of: key, tables, connection)
                _ = try PermissionQueries.permissions(of: key, tables, connection)
                _ = try ObjectGrantQueries.grants(of: key, needs.onObjects, tables, guardian, connection)
            }
        }
    }

    private func person(
        _ key: SQLValue, _ id: UTF8Text, _ backend: BackendName
    ) async throws(DatabaseError) -> StoredPerson? {
        let (sql, tables, needs) = (selectPerson, tables, needs)
        return try await database.run { connection throws(DatabaseError) in
            let guardian: ObjectGrantQueries.Guardian = needs.onObjects.isEmpty ? .none : try .find(connection)
            return try connection.snapshot(of: tables.aboutPeople(guardian)) { connection throws(DatabaseError) in
                // Nobody can sign in under a name that is no text.
                guard let row = try connection.execute(sql, [key]).first,
                    let name = row.text(0).flatMap(UTF8Text.init(validating:))
                else { return nil }
                let isSuperuser = row.flag(5)
                let permissions =
                    try isSuperuser
                    ? PermissionQueries.all(connection) : PermissionQueries.permissions(of: key, tables, connection)
                let identity = Identity(
                    user: UserReference(backend: backend, id: id), name: UserName(name),
                    displayName: UTF8Text(UserNameRule.stripped("\(row.string(1)) \(row.string(2))")),
                    email: UTF8Text(row.string(3)), isStaff: row.flag(4), isSuperuser: isSuperuser,
                    groups: try PermissionQueries.groups(of: key, tables, connection),
                    permissions: permissions.filter(needs.includes),
                    objectGrants: try ObjectGrantQueries.grants(
                        of: key, needs.onObjects, tables, guardian, connection))
                return StoredPerson(identity: identity, encodedPassword: row.string(6))
            }
        }
    }

    package func replacePassword(of id: UTF8Text, old: String, new: String) async throws(BackendError) -> Bool {
        guard tables.writesBack, let key = key(id) else { return false }
        let sql = updatePassword
        return try await asking { connection throws(DatabaseError) in
            try connection.execute(sql, [.text(new), key, .text(old)])
            return connection.changes == 1
        }
    }

    package func recordSignIn(of id: UTF8Text, at moment: Timestamp) async throws(BackendError) {
        guard tables.writesBack, !updateLastLogin.isEmpty, let key = key(id) else { return }
        let sql = updateLastLogin
        _ = try await asking { connection throws(DatabaseError) in
            try connection.execute(sql, [.text(DjangoTime.text(moment)), key])
        }
    }

    /// The primary key that an id spells: in our own tables the number, in the one way that we write it; a foreign model's
    /// may be of any type, and the database itself reads the text.
    func key(_ id: UTF8Text) -> SQLValue? {
        guard tables.isManaged else { return id.bytes.contains(0) ? nil : .text(id.bytes) }
        guard let key = ASCII.decimal(id.bytes.span, limit: .max), id.bytes.count == 1 || id.bytes.first != 0x30 else {
            return nil
        }
        return .integer(Int64(key))
    }

    func asking<Result: Sendable>(
        _ body: @escaping @Sendable (any SQLConnection) throws(DatabaseError) -> Result
    ) async throws(BackendError) -> Result {
        do { return try await database.run(body) } catch { throw .unavailable(reason: "database: \(error)") }
    }
}
