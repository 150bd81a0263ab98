package import GatehouseCore

/// `[database]`: where people, groups and permissions are kept.
package struct DatabaseTable: Sendable {
    package let location: DatabaseLocation
    /// Whether the tables are Gatehouse's to make and to change; `false` for those of a site with a user model of its own.
    package let isManaged: Bool
    /// Whether sign-ins are noted and hashes made anew in the site's tables.
    package let writesBack: Bool
    /// What a foreign site calls its tables and columns, by the keys of `[database.tables]`.
    package let names: [String: String]

    /// `permissions` are the permission bits of the configuration file.
    init(_ table: TableReader, _ secrets: SecretReader, permissions: UInt32) {
        let managed = table.boolean("managed")
        isManaged = managed?.value ?? true
        let writeBack = table.boolean("write_back")
        writesBack = writeBack?.value ?? isManaged
        if isManaged, let writeBack, !writeBack.value {
            table.log.add(writeBack.place, writeBack.key, "needs database.managed = false")
        }
        names = DatabaseTable.names(table, isManaged: isManaged)
        location = DatabaseTable.location(table, secrets, permissions: permissions)
        table.finish()
    }

    private static func location(
        _ table: TableReader, _ secrets: SecretReader, permissions: UInt32
    ) -> DatabaseLocation {
        let password = table.secretText("password").map { ($0, secrets.secret($0)) }
        let pool = table.integer("pool", in: 1...64)
        // A database address may hold a password, so it is not shown.
        let text = table.secretText("url")
        if let text,
            text.value.utf8.starts(with: "postgresql://".utf8) || text.value.utf8.starts(with: "postgres://".utf8)
        {
            if hasPassword(text.value) {
                if let password { table.log.add(password.0, "must not be set: \(text.key) has a password already") }
                if permissions & 0o007 != 0, case .file = text.place {
                    table.log.warn(
                        text.place, text.key,
                        "holds a password, and everybody can read this file; use database.password = \"file:…\"")
                }
            }
            return .postgreSQL(url: text.value, password: password?.1, connections: pool?.value ?? 4)
        }
        for (key, place) in [("password", password?.0.place), ("pool", pool?.place)] {
            if let place { table.log.add(place, table.key(key), "is for postgresql:// only") }
        }
        let standard = DatabaseLocation.sqlite(
            path: TextFile.resolve(SQLiteLocation.standardFile, in: secrets.folders.data))
        guard let text else { return standard }
        let bytes = Array(text.value.utf8)
        let path = bytes.dropFirst(7)
        guard bytes.starts(with: "sqlite:".utf8), let first = path.first, first != UInt8(ascii: ":"),
            !path.starts(with: "//".utf8), !path.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            table.log.add(
                text,
                "must be \"sqlite:\" and the path of a file, like \"sqlite:gatehouse.db\", or an address like "
                    + "\"postgresql://gatehouse@127.0.0.1/gatehouse\"")
            return standard
        }
        return .sqlite(
            path: TextFile.resolve(
                String(decoding: path, as: UTF8.self), in: secrets.folders.folder(for: text.place)))
    }

    /// Whether the part before the last `@` of the authority holds a colon.
    private static func hasPassword(_ url: String) -> Bool {
        let authority = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix { $0 != UInt8(ascii: "/") }
        guard let at = authority.lastIndex(of: UInt8(ascii: "@")) else { return false }
        return authority[..<at].contains(UInt8(ascii: ":"))
    }

    // MARK: - Names

    /// The keys of `[database.tables]` and what they are called in a site that uses Django's own user model.
    private static let standardNames = [
        "users": "auth_user", "user_groups": "auth_user_groups", "user_permissions": "auth_user_user_permissions",
        "user": "user_id", "id": "id", "username": "username", "password": "password", "email": "email",
        "first_name": "first_name", "last_name": "last_name", "is_active": "is_active", "is_staff": "is_staff",
        "is_superuser": "is_superuser", "last_login": "last_login",
    ]
    private static let tableKeys: Set = ["users", "user_groups", "user_permissions"]
    private static let optionalKeys: Set = [
        "email", "first_name", "last_name", "is_active", "is_staff", "is_superuser", "last_login",
    ]

    private static func names(_ table: TableReader, isManaged: Bool) -> [String: String] {
        let reader = table.table("tables")
        var names = standardNames
        for key in standardNames.keys.sorted() {
            guard let text = reader.string(key) else { continue }
            guard !isManaged else {
                table.log.add(text, "needs database.managed = false")
                continue
            }
            let isAbsent = text.value.isEmpty && optionalKeys.contains(key)
            guard isAbsent || isName(text.value, allowsSchema: tableKeys.contains(key)) else {
                let absent = optionalKeys.contains(key) ? ", or \"\" where the model has none" : ""
                table.log.add(
                    text, "must have 1 to 63 letters, digits or _\(absent), is \(text.seen)")
                continue
            }
            names[key] = text.value
        }
        reader.finish()
        return names
    }

    private static func isName(_ text: String, allowsSchema: Bool) -> Bool {
        let parts = text.utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count == 1 || allowsSchema && parts.count == 2 else { return false }
        return parts.allSatisfy { part in
            (1...63).contains(part.count)
                && part.allSatisfy { ASCII.isAlphanumeric($0) || $0 == UInt8(ascii: "_") }
        }
    }
}

/// A database that can be opened.
package enum DatabaseLocation: Sendable {
    /// A file; a relative path of the configuration was counted from the configuration's folder.
    case sqlite(path: String)
    case postgreSQL(url: String, password: SecretOctets?, connections: Int)
}
