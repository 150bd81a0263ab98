package import GatehouseCore

/// A person as an import brings them; what is `nil` becomes Django's default or stays as it is.
package struct PersonRow: Sendable {
    package let name: UserName
    package var encodedPassword: String?
    package var email: String?
    package var firstName: String?
    package var lastName: String?
    package var isActive: Bool?
    package var isStaff: Bool?
    package var isSuperuser: Bool?
    /// All groups of the person.
    package var groups: [GroupName]?
    /// All permissions of the person's own.
    package var permissions: [PermissionName]?
    /// Second factors to keep in place of those that were kept before; none leaves these alone.
    package var factors: [PendingFactor] = []
    /// How many more an export found that cannot be used.
    package var unusableFactors = 0

    package init(name: UserName) { self.name = name }
}

/// Makes what is stored of a second factor of the person with a primary key: nothing that can be read without the key.
package typealias FactorSeal = @Sendable (PendingFactor, Int64) throws(DatabaseError) -> String

/// What a bulk write did.
package struct BulkOutcome: Sendable {
    package var made = 0
    /// The primary keys of existing people who changed, and whether their sessions must end rather than learn of it.
    package var updated: [(id: UTF8Text, endsSessions: Bool)] = []
    package var unchanged = 0
    /// How many second factors were kept.
    package var factors = 0
    package var alongside = MadeAlongside()
}

extension PeopleAdministration {
    /// The names in the database that are equal to some of these after case folding, by position.
    ///
    /// - Complexity: reads every name there is once.
    package func clashes(_ names: [UserName]) async throws(DatabaseError) -> [Int: UserName] {
        try await database.run { connection throws(DatabaseError) in
            let existing = try PeopleAdministration.namesByFolding(connection)
            var found: [Int: UserName] = [:]
            for (position, name) in names.enumerated() {
                if let other = existing[UserNameRule.folded(name)] { found[position] = other }
            }
            return found
        }
    }

    private static func namesByFolding(
        _ connection: any SQLConnection
    ) throws(DatabaseError) -> [[UInt8]: UserName] {
        var names: [[UInt8]: UserName] = [:]
        for row in try connection.execute("SELECT username FROM auth_user") {
            guard let text = row.text(0).flatMap(UTF8Text.init(validating:)) else { continue }
            names[UserNameRule.folded(UserName(text))] = UserName(text)
        }
        return names
    }

    /// Writes many people in one transaction, or none of them.
    ///
    /// - Parameters:
    ///   - people: with names as `UserNameRule.normalized` gives them, no two the same.
    ///   - updatesExisting: whether people of exactly the same name are changed; else one that exists is `duplicate`.
    ///   - now: noted as `date_joined`.
    ///   - seal: makes what is stored of a second factor of the person with a primary key.
    ///   - progress: told now and then how many are done, on the database's thread.
    /// - Returns: what was done.
    /// - Throws: `DatabaseError.duplicate` for a name that exists, `DatabaseError.invalidName` for what does not fit.
    package func write(
        _ people: [PersonRow], updatesExisting: Bool, now: Timestamp, seal: @escaping FactorSeal,
        progress: @escaping @Sendable (Int) -> Void
    ) async throws(DatabaseError) -> BulkOutcome {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                var writer = BulkWriter(connection: connection, now: DjangoTime.text(now), seal: seal)
                let existing = try PeopleAdministration.namesByFolding(connection)
                for (position, person) in people.enumerated() {
                    if let other = existing[UserNameRule.folded(person.name)] {
                        guard updatesExisting, other == person.name else { throw .duplicate }
                        try writer.update(person)
                    } else {
                        try writer.make(person)
                    }
                    if (position + 1).isMultiple(of: 1_000) { progress(position + 1) }
                }
                progress(people.count)
                return writer.outcome
            }
        }
    }
}

/// Writes people one after another inside a transaction, and remembers what groups and permissions are called inside.
private struct BulkWriter {
    let connection: any SQLConnection
    let now: String
    let seal: FactorSeal
    var outcome = BulkOutcome()
    private var groups: [GroupName: Int64] = [:]
    private var permissions: [PermissionName: Int64] = [:]

    init(connection: any SQLConnection, now: String, seal: @escaping FactorSeal) {
        self.connection = connection
        self.now = now
        self.seal = seal
    }

    mutating func make(_ person: PersonRow) throws(DatabaseError) {
        let user = NewUser(
            name: person.name, encodedPassword: person.encodedPassword ?? "!", email: person.email ?? "",
            firstName: person.firstName ?? "", lastName: person.lastName ?? "", isStaff: person.isStaff ?? false,
            isSuperuser: person.isSuperuser ?? false, isActive: person.isActive ?? true)
        try DjangoUserStore.refuseMisfits(user)
        let id = try DjangoUserStore.insert(user, now: now, connection)
        try join(id, person.groups ?? [])
        try grant(id, person.permissions ?? [])
        try keep(id, person.factors)
        outcome.made += 1
    }

    mutating func update(_ person: PersonRow) throws(DatabaseError) {
        let rows = try connection.execute(
            """
            SELECT id, password, email, first_name, last_name, is_active, is_staff, is_superuser FROM auth_user
            WHERE username = ?
            """, [.text(person.name.text.bytes)])
        guard let row = rows.first, let id = row.integer(0) else { throw .notFound }
        let (isOther, endsSessions) = try setColumns(of: id, row, person)
        try keep(id, person.factors)
        let hasMoved = try setMemberships(of: id, person)
        if isOther || hasMoved {
            outcome.updated.append((UTF8Text(String(id)), endsSessions))
        } else {
            outcome.unchanged += 1
        }
    }

    /// Writes the columns that are other than in the row.
    private func setColumns(
        of id: Int64, _ row: SQLRow, _ person: PersonRow
    ) throws(DatabaseError) -> (isChanged: Bool, endsSessions: Bool) {
        let texts: [(column: String, index: Int, value: String?, limit: Int)] = [
            ("password", 1, person.encodedPassword, 128),
            ("email", 2, person.email.map(DjangoUserStore.normalizedEmail), 254),
            ("first_name", 3, person.firstName, 150), ("last_name", 4, person.lastName, 150),
        ]
        let flags: [(column: String, index: Int, value: Bool?)] = [
            ("is_active", 5, person.isActive), ("is_staff", 6, person.isStaff), ("is_superuser", 7, person.isSuperuser),
        ]
        var isChanged = false
        var endsSessions = false
        for (column, index, value, limit) in texts {
            guard let value, Array(value.utf8) != row.text(index) else { continue }
            guard value.unicodeScalars.count <= limit, !value.utf8.contains(0) else {
                throw .invalidName(reason: "the \(column) of \(person.name) has more than \(limit) characters or a NUL")
            }
            try connection.execute("UPDATE auth_user SET \(column) = ? WHERE id = ?", [.text(value), .integer(id)])
            isChanged = true
            endsSessions = endsSessions || column == "password"
        }
        for (column, index, value) in flags {
            guard let value, value != row.flag(index) else { continue }
            try connection.execute("UPDATE auth_user SET \(column) = ? WHERE id = ?", [.flag(value), .integer(id)])
            isChanged = true
            endsSessions = endsSessions || column == "is_active" && !value
        }
        return (isChanged, endsSessions)
    }

    /// Replaces groups and permissions that are other than what is there; says whether any were.
    private mutating func setMemberships(of id: Int64, _ person: PersonRow) throws(DatabaseError) -> Bool {
        let key = SQLValue.integer(id)
        let tables = DjangoTables()
        var isChanged = false
        if let wanted = person.groups,
            Set(try PermissionQueries.groups(of: key, tables, connection)) != Set(wanted)
        {
            try connection.execute("DELETE FROM auth_user_groups WHERE user_id = ?", [key])
            try join(id, wanted)
            isChanged = true
        }
        if let wanted = person.permissions {
            let rows = try connection.execute(
                """
                \(PermissionQueries.select) WHERE p.id IN (
                    SELECT permission_id FROM auth_user_user_permissions WHERE user_id = ?
                )
                """, [key])
            if Set(PermissionQueries.names(rows)) != Set(wanted) {
                try connection.execute("DELETE FROM auth_user_user_permissions WHERE user_id = ?", [key])
                try grant(id, wanted)
                isChanged = true
            }
        }
        return isChanged
    }

    private mutating func keep(_ user: Int64, _ factors: [PendingFactor]) throws(DatabaseError) {
        guard !factors.isEmpty else { return }
        try connection.execute("DELETE FROM gatehouse_pending_factor WHERE user_id = ?", [.integer(user)])
        for factor in factors {
            try connection.execute(
                "INSERT INTO gatehouse_pending_factor (user_id, sealed, kept_at) VALUES (?, ?, ?)",
                [.integer(user), .text(try seal(factor, user)), .text(now)])
            outcome.factors += 1
        }
    }

    private mutating func join(_ user: Int64, _ names: [GroupName]) throws(DatabaseError) {
        for name in Set(names).sorted() {
            let id: Int64
            if let known = groups[name] {
                id = known
            } else {
                let made = try PeopleAdministration.makeGroup(name, connection)
                if made.isNew { outcome.alongside.groups.append(name) }
                groups[name] = made.id
                id = made.id
            }
            try connection.execute(
                "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?)", [.integer(user), .integer(id)])
        }
    }

    private mutating func grant(_ user: Int64, _ names: [PermissionName]) throws(DatabaseError) {
        for name in Set(names).sorted() {
            let id: Int64
            if let known = permissions[name] {
                id = known
            } else {
                let made = try PermissionRows.declare(name, connection)
                if made.isNew { outcome.alongside.permissions.append(name) }
                permissions[name] = made.id
                id = made.id
            }
            try connection.execute(
                "INSERT INTO auth_user_user_permissions (user_id, permission_id) VALUES (?, ?)",
                [.integer(user), .integer(id)])
        }
    }
}
