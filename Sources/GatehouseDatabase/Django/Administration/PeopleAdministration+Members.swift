package import GatehouseCore

/// What became of a group's members.
package struct ChangedMembers: Sendable {
    /// The primary keys of those who joined or left.
    package let changed: [UTF8Text]
    /// Who was in the group already, or was not in it.
    package let unchanged: [UserName]
}

extension PeopleAdministration {
    /// Takes people into a group, or out of it: all of them or, if one is unknown, nobody.
    ///
    /// - Parameters:
    ///   - group: the group.
    ///   - people: who; a name that comes twice counts once.
    ///   - areMembers: what they are to be afterwards.
    /// - Returns: what became of them.
    /// - Throws: `DatabaseError.notFound` for the group, `DatabaseError.unknown` with everybody who is not there.
    package func setMembers(
        of group: GroupName, _ people: [UserName], areMembers: Bool
    ) async throws(DatabaseError) -> ChangedMembers {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                guard let id = try PeopleAdministration.groupID(group, connection) else { throw .notFound }
                var found: [(name: UserName, id: Int64)] = []
                var unknown: [UserName] = []
                for name in Set(people).sorted() {
                    do throws(DatabaseError) {
                        found.append((name, try UserRows.id(of: name, connection)))
                    } catch {
                        guard error == .notFound else { throw error }
                        unknown.append(name)
                    }
                }
                guard unknown.isEmpty else { throw .unknown(UnknownNames(users: unknown)) }
                let sql =
                    areMembers
                    ? "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?) ON CONFLICT DO NOTHING"
                    : "DELETE FROM auth_user_groups WHERE user_id = ? AND group_id = ?"
                var (changed, unchanged): ([UTF8Text], [UserName]) = ([], [])
                for person in found {
                    try connection.execute(sql, [.integer(person.id), .integer(id)])
                    if connection.changes > 0 {
                        changed.append(UTF8Text(String(person.id)))
                    } else {
                        unchanged.append(person.name)
                    }
                }
                return ChangedMembers(changed: changed, unchanged: unchanged)
            }
        }
    }

    /// Gives a group another name; members and permissions stay.
    ///
    /// - Parameters:
    ///   - name: the group.
    ///   - new: what it is to be called.
    /// - Returns: the primary keys of the members.
    /// - Throws: `DatabaseError.notFound`, `DatabaseError.invalidName`; `DatabaseError.duplicate` if there is one of that name.
    package func renameGroup(_ name: GroupName, to new: GroupName) async throws(DatabaseError) -> [UTF8Text] {
        try await database.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                guard let id = try PeopleAdministration.groupID(name, connection) else { throw .notFound }
                try PeopleAdministration.refuseMisfit(new)
                if let other = try PeopleAdministration.groupID(new, connection), other != id { throw .duplicate }
                try connection.execute(
                    "UPDATE auth_group SET name = ? WHERE id = ?", [.text(new.text.bytes), .integer(id)])
                return try PeopleAdministration.members(id, connection)
            }
        }
    }
}
