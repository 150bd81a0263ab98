package import GatehouseCore

/// One `[[backend]]`: something that knows people and their passwords.
package struct BackendTable: Sendable {
    /// What sessions remember; unique.
    package let name: BackendName
    /// The longest that it may take to answer.
    package let timeout: Duration
    package let groups: GroupMapping
    package let kind: Kind

    package enum Kind: Sendable {
        case database
        case file(FileTable)
        case http(HTTPTable)
        case command(CommandTable)
        case ldap(LDAPTable)
        case pam(PAMTable)
        case remoteHeader(RemoteHeaderTable)

        /// Whether nobody can ask it if it knows somebody of a name.
        package var keepsPeopleToItself: Bool {
            switch self {
            case .database, .file, .remoteHeader: false
            case .http, .command, .ldap, .pam: true
            }
        }

        /// Whether it knows people and groups that are not in the database, so that nobody can ask the database about them.
        package var knowsOwnPeople: Bool {
            switch self {
            case .database, .remoteHeader: false
            case .file, .http, .command, .ldap, .pam: true
            }
        }
    }

    private enum KindName: String, CaseIterable {
        case database, file, http, command, ldap, pam
        case remoteHeader = "remote-header"
    }

    /// The backends of a configuration, in their order; without any, the database alone.
    static func all(_ tables: [TableReader], _ secrets: SecretReader, log: ProblemLog) -> [BackendTable] {
        guard !tables.isEmpty else { return [BackendTable(name: "database", kind: .database)] }
        var found: [BackendTable] = []
        for table in tables {
            guard let backend = BackendTable(table, secrets) else { continue }
            if found.contains(where: { $0.name == backend.name }) {
                log.add(
                    table.value("name")?.place ?? table.place, table.key("name"),
                    "must be different for each backend, is \(Shown.text(backend.name.description)) twice")
            }
            found.append(backend)
        }
        let hasDatabase = found.contains { if case .database = $0.kind { true } else { false } }
        for (backend, table) in zip(found, tables) {
            guard case .remoteHeader = backend.kind, !hasDatabase, found.count == tables.count else { continue }
            log.add(
                table.place, table.key("type"),
                "\"remote-header\" names people of the database: add [[backend]] with type = \"database\", too")
        }
        return found
    }

    private init(name: BackendName, kind: Kind) {
        self.name = name
        self.kind = kind
        timeout = .seconds(5)
        groups = GroupMapping()
    }

    /// `nil` after a problem.
    private init?(_ table: TableReader, _ secrets: SecretReader) {
        let type = table.choice("type", KindName.self)
        if type == nil, table.value("type") == nil {
            table.require("type", Shown.choices(KindName.allCases.map(\.rawValue)))
        }
        timeout = table.duration("timeout", in: .milliseconds(100)...(.seconds(30)))?.value ?? .seconds(5)
        name = BackendTable.name(table, type)
        let kind: Kind?
        switch type {
        case .database:
            kind = .database
            groups = GroupMapping()
        case .remoteHeader:
            kind = RemoteHeaderTable(table).map(Kind.remoteHeader)
            groups = GroupMapping()
        case .file:
            kind = FileTable(table, folders: secrets.folders).map(Kind.file)
            groups = GroupMapping(table)
        case .http:
            kind = HTTPTable(table, secrets).map(Kind.http)
            groups = GroupMapping(table)
        case .command:
            kind = CommandTable(table).map(Kind.command)
            groups = GroupMapping(table)
        case .ldap:
            kind = LDAPTable(table, secrets).map(Kind.ldap)
            groups = GroupMapping(table, comparison: .caseIgnored)
        case .pam:
            kind = PAMTable(table, folders: secrets.folders).map(Kind.pam)
            groups = GroupMapping(table)
        case nil: return nil
        }
        table.finish()
        guard let kind else { return nil }
        self.kind = kind
    }

    private static func name(_ table: TableReader, _ type: KindName?) -> BackendName {
        let standard = BackendName(UTF8Text(type?.rawValue ?? ""))
        guard let text = table.string("name") else { return standard }
        if type == .database {
            table.log.add(text, "must not be set: people of the database are always remembered as \"database\"")
            return standard
        }
        guard (1...64).contains(text.value.utf8.count),
            text.value.utf8.allSatisfy({ ASCII.isAlphanumeric($0) || "-_.".utf8.contains($0) })
        else {
            table.log.add(text, "must have 1 to 64 letters, digits or - _ ., is \(text.seen)")
            return standard
        }
        guard !text.value.utf8.elementsEqual("database".utf8) else {
            table.log.add(text, "is for \(table.key("type")) = \"database\" alone, is \(text.seen)")
            return standard
        }
        return BackendName(UTF8Text(text.value))
    }
}
