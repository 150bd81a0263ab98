internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePeople
internal import GatehouseTerminal

extension Configuration {
    /// Opens the database of people.
    ///
    /// - Parameters:
    ///   - isPatient: whether statements may take a minute: the command line's may, while nobody waits for a page.
    ///   - makesFile: whether a missing file is made; otherwise the first question says that it is missing.
    /// - Returns: the database, its tables' names, and its own for messages.
    /// - Throws: `Failure.unknown` if it cannot be opened.
    func openDatabase(isPatient: Bool, makesFile: Bool = true) throws(Failure) -> PeopleDatabase {
        let name = Configuration.place(of: database.location)
        do throws(DatabaseError) {
            switch database.location {
            case .sqlite(let path):
                let database = makesFile ? try Database(sqlitePath: path) : Database(existingSQLite: path)
                return PeopleDatabase(database, tables: tables, place: name)
            case .postgreSQL(let url, let password, let connections):
                let settings = PostgreSQLSettings(
                    url: url, password: password.map { String(decoding: $0.octets, as: UTF8.self) },
                    connections: isPatient ? 1 : connections, connectDeadline: .seconds(isPatient ? 5 : 1),
                    statementDeadline: .seconds(isPatient ? 60 : 2), answerLimit: (isPatient ? 1_024 : 64) << 20)
                return PeopleDatabase(try Database(settings), tables: tables, place: name)
            }
        } catch {
            throw .unknown("database.url: \(name): \(Configuration.reason(error))")
        }
    }

    private var tables: DjangoTables {
        var tables = DjangoTables()
        tables.isManaged = database.isManaged
        tables.writesBack = database.writesBack
        for (key, name) in database.names {
            switch key {
            case "users": tables.users = name
            case "user_groups": tables.userGroups = name
            case "user_permissions": tables.userPermissions = name
            case "user": tables.user = name
            case "id": tables.id = name
            case "username": tables.username = name
            case "password": tables.password = name
            case "email": tables.email = name
            case "first_name": tables.firstName = name
            case "last_name": tables.lastName = name
            case "is_active": tables.isActive = name
            case "is_staff": tables.isStaff = name
            case "is_superuser": tables.isSuperuser = name
            case "last_login": tables.lastLogin = name
            default: break
            }
        }
        return tables
    }

    private static func place(of location: DatabaseLocation) -> String {
        switch location {
        case .sqlite(let path): path
        case .postgreSQL(let url, _, _): withoutUser(url)
        }
    }

    /// The server and the database of an address, without what may be secret.
    private static func withoutUser(_ url: String) -> String {
        let rest = url.utf8.drop { $0 != UInt8(ascii: "/") }.dropFirst(2).prefix { $0 != UInt8(ascii: "?") }
        let host = rest.lastIndex(of: UInt8(ascii: "@")).map { rest[rest.index(after: $0)...] } ?? rest
        return "postgresql://\(String(decoding: host, as: UTF8.self))"
    }

    private static func reason(_ error: DatabaseError) -> String {
        if case .unavailable(let reason) = error { reason } else { "\(error)" }
    }
}
