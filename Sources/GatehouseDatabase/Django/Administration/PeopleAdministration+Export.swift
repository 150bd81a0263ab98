internal import GatehouseCore

extension PeopleAdministration {
    /// People as another database can take them over, with their hashes, a page at a time.
    ///
    /// - Parameters:
    ///   - last: the id after which the page begins; 0 for the first one.
    ///   - limit: the most people of the page.
    /// - Returns: the people, each with its id; none at the end. A name that is no text is left out.
    /// - Throws: `DatabaseError.failed` if the tables are not Django's.
    package func export(
        after last: Int64, limit: Int = 1_000
    ) async throws(DatabaseError) -> [(id: Int64, person: PersonRow)] {
        try await database.run { connection throws(DatabaseError) in
            // Another site's database has no tables of ours.
            let tables = ["auth_user", "auth_user_groups", "auth_user_user_permissions"] + DjangoTables.aboutGroups
            return try connection.snapshot(of: tables) { connection throws(DatabaseError) in
                let rows = try connection.execute(
                    """
                    SELECT id, username, password, email, first_name, last_name, is_active, is_staff, is_superuser
                    FROM auth_user WHERE id > ? ORDER BY id LIMIT ?
                    """, [.integer(last), .integer(Int64(limit))])
                guard let end = rows.last?.integer(0) else { return [] }
                let groups = try connection.execute(
                    """
                    SELECT u.user_id, g.name FROM auth_user_groups u JOIN auth_group g ON g.id = u.group_id
                    WHERE u.user_id > ? AND u.user_id <= ?
                    """, [.integer(last), .integer(end)])
                let permissions = try connection.execute(
                    """
                    SELECT u.user_id, \(PermissionSQL.columns) FROM auth_user_user_permissions u
                    \(PermissionSQL.join("u"))
                    WHERE u.user_id > ? AND u.user_id <= ?
                    """, [.integer(last), .integer(end)])
                let factorsOf = try PeopleAdministration.factors(after: last, upTo: end, connection)
                let groupsOf = Dictionary(grouping: groups) { $0.integer(0) ?? 0 }
                let permissionsOf = Dictionary(grouping: permissions) { $0.integer(0) ?? 0 }
                return rows.compactMap { row in
                    guard let id = row.integer(0), let name = row.text(1).flatMap(UTF8Text.init(validating:)) else {
                        return nil
                    }
                    var person = PersonRow(name: UserName(name))
                    person.encodedPassword = row.string(2)
                    (person.email, person.firstName, person.lastName) = (row.string(3), row.string(4), row.string(5))
                    (person.isActive, person.isStaff, person.isSuperuser) = (row.flag(6), row.flag(7), row.flag(8))
                    person.groups = (groupsOf[id] ?? []).map { GroupName($0.string(1)) }
                    person.permissions = (permissionsOf[id] ?? []).compactMap { PermissionSQL.name($0, from: 1) }
                    (person.factors, person.unusableFactors) = factorsOf[id] ?? ([], 0)
                    return (id, person)
                }
            }
        }
    }

    /// What django-otp has of people with these primary keys, where a site has it: devices that were confirmed, and how many of
    /// those cannot be used.
    private static func factors(
        after last: Int64, upTo end: Int64, _ connection: any SQLConnection
    ) throws(DatabaseError) -> [Int64: (usable: [PendingFactor], unusable: Int)] {
        guard try connection.hasTable("otp_totp_totpdevice") else { return [:] }
        let rows = try connection.execute(
            """
            SELECT user_id, key, digits, step, t0 FROM otp_totp_totpdevice
            WHERE confirmed AND user_id > ? AND user_id <= ? ORDER BY id
            """, [.integer(last), .integer(end)])
        var factors: [Int64: (usable: [PendingFactor], unusable: Int)] = [:]
        for row in rows {
            guard let user = row.integer(0) else { continue }
            guard let digits = row.integer(2), let step = row.integer(3), let start = row.integer(4),
                let factor = PendingFactor(hexadecimal: row.string(1), digits: digits, period: step, start: start)
            else {
                factors[user, default: ([], 0)].unusable += 1
                continue
            }
            factors[user, default: ([], 0)].usable.append(factor)
        }
        return factors
    }
}
