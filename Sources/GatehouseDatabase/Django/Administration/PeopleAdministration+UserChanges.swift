package import GatehouseCore

extension PeopleAdministration {
    /// Changes a person; of groups and permissions that do not exist becomes what `UserChange.missing` says.
    ///
    /// - Parameters:
    ///   - name: who.
    ///   - change: what is to become of them.
    /// - Returns: the primary key, and what came of it.
    /// - Throws: `DatabaseError.notFound`, `DatabaseError.invalidName` for what does not fit Django's columns,
    ///   `DatabaseError.unknown`.
    package func change(
        _ name: UserName, _ change: UserChange
    ) async throws(DatabaseError) -> ChangedUser {
        try PeopleAdministration.refuseMisfit(change)
        return try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try UserRows.id(of: name, connection)
                try PeopleAdministration.requireKnown(
                    leaving: change.removedGroups, joining: change.addedGroups, granted: change.granted,
                    revoked: change.revoked, change.missing, connection)
                try PeopleAdministration.setColumns(of: id, change, connection)
                var made = try PeopleAdministration.setGroups(of: id, change, connection)
                for grant in change.granted where try PeopleAdministration.grant(grant, to: .user(id), connection) {
                    made.permissions.append(grant.permission)
                }
                var missing: [Grant] = []
                for grant in change.revoked
                where try !PeopleAdministration.revoke(grant, from: .user(id), connection) {
                    missing.append(grant)
                }
                return ChangedUser(id: UTF8Text(String(id)), made: made, notHeld: missing)
            }
        }
    }

    /// Refuses what does not fit Django's columns.
    private static func refuseMisfit(_ change: UserChange) throws(DatabaseError) {
        for (text, limit, column) in [
            (change.email, 254, "e-mail"), (change.firstName, 150, "first name"), (change.lastName, 150, "last name"),
        ] {
            if let text, text.unicodeScalars.count > limit || text.utf8.contains(0) {
                throw .invalidName(reason: "the \(column) has more than \(limit) characters or holds a NUL")
            }
        }
    }

    private static func setColumns(
        of id: Int64, _ change: UserChange, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        let columns: [(String, SQLValue?)] = [
            ("is_active", change.isActive.map(SQLValue.flag)), ("is_staff", change.isStaff.map(SQLValue.flag)),
            ("is_superuser", change.isSuperuser.map(SQLValue.flag)),
            ("email", change.email.map { .text(DjangoUserStore.normalizedEmail($0)) }),
            ("first_name", change.firstName.map { .text($0) }),
            ("last_name", change.lastName.map { .text($0) }),
        ]
        for (column, value) in columns {
            if let value {
                try connection.execute(
                    "UPDATE auth_user SET \(column) = ? WHERE id = ?", [value, .integer(id)])
            }
        }
    }

    /// Takes a person into groups and out of others, and makes the ones that are missing.
    private static func setGroups(
        of id: Int64, _ change: UserChange, _ connection: any SQLConnection
    ) throws(DatabaseError) -> MadeAlongside {
        var made = MadeAlongside()
        for group in Set(change.addedGroups).sorted() {
            let (row, isNew) = try PeopleAdministration.makeGroup(group, connection)
            if isNew { made.groups.append(group) }
            try connection.execute(
                "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING",
                [.integer(id), .integer(row)])
        }
        for group in change.removedGroups {
            guard let row = try PeopleAdministration.groupID(group, connection) else {
                throw .unknown(UnknownNames(groups: [group]))
            }
            try connection.execute(
                "DELETE FROM auth_user_groups WHERE user_id = ? AND group_id = ?",
                [.integer(id), .integer(row)])
        }
        return made
    }

    /// Gives a person another name; the primary key stays, and with it everything that hangs on it.
    ///
    /// - Parameters:
    ///   - name: who.
    ///   - new: as `UserNameRule.normalized` gives it.
    /// - Returns: the primary key.
    /// - Throws: `DatabaseError.notFound`; `DatabaseError.duplicate` if somebody else has that name, also in other letter case.
    package func rename(_ name: UserName, to new: UserName) async throws(DatabaseError) -> UTF8Text {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try UserRows.id(of: name, connection)
                try DjangoUserStore.refuseClash(new, but: id, connection)
                try connection.execute(
                    "UPDATE auth_user SET username = ? WHERE id = ?", [.text(new.text.bytes), .integer(id)])
                return UTF8Text(String(id))
            }
        }
    }

    /// Removes a person with everything that belongs to them here.
    ///
    /// - Returns: the primary key that they had.
    /// - Throws: `DatabaseError.notFound`; `DatabaseError.failed` if other tables of a Django site refer to the person.
    package func remove(_ name: UserName) async throws(DatabaseError) -> UTF8Text {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                let id = try UserRows.id(of: name, connection)
                var tables = ["auth_user_groups", "auth_user_user_permissions"]
                for table in ["gatehouse_pending_factor", "django_admin_log", "guardian_userobjectpermission"]
                where try connection.hasTable(table) {
                    tables.append(table)
                }
                for table in tables {
                    try connection.execute("DELETE FROM \(table) WHERE user_id = ?", [.integer(id)])
                }
                try connection.execute("DELETE FROM auth_user WHERE id = ?", [.integer(id)])
                return UTF8Text(String(id))
            }
        }
    }
}
