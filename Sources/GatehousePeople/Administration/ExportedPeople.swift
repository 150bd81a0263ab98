internal import GatehouseCore
package import GatehouseDatabase
package import GatehouseImport

/// The people of another Django database, page after page.
package enum ExportedPeople {
    /// - Parameter database: the other database; nothing is written to it.
    /// - Returns: where an import takes them from. It ends with `ImportError.unreadable` if the tables are not Django's.
    package static func source(_ database: Database) -> any PeopleSource {
        let pages = ExportedPages(PeopleAdministration(database))
        return PagedSource { () async throws(ImportError) in try await pages.next() }
    }
}

private actor ExportedPages {
    private let administration: PeopleAdministration
    private var last: Int64 = 0
    private var row = 0

    init(_ administration: PeopleAdministration) { self.administration = administration }

    func next() async throws(ImportError) -> [ImportRecord] {
        let page: [(id: Int64, person: PersonRow)]
        do { page = try await administration.export(after: last) } catch {
            throw .unreadable(reason: "it has no tables of Django's: \(error)")
        }
        last = page.last?.id ?? last
        return page.map { entry in
            row += 1
            return .person(ImportedPerson(line: row, entry.person))
        }
    }
}

extension ImportedPerson {
    fileprivate init(line: Int, _ row: PersonRow) {
        self.init(
            line: line, name: row.name, encodedPassword: row.encodedPassword, email: row.email,
            firstName: row.firstName, lastName: row.lastName, isActive: row.isActive, isStaff: row.isStaff,
            isSuperuser: row.isSuperuser, groups: row.groups, permissions: row.permissions, factors: row.factors,
            unusableFactors: row.unusableFactors)
    }
}
