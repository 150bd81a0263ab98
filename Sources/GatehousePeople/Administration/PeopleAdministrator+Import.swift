internal import GatehouseCore
internal import GatehouseCrypto
package import GatehouseDatabase
package import GatehouseImport

/// People who come from elsewhere.
extension PeopleAdministrator {
    /// Takes people over: all of them, or nobody.
    ///
    /// Their sessions are told by `follow(_:)`.
    ///
    /// - Parameters:
    ///   - source: where they come from.
    ///   - work: what becomes of lines that are not right, and of people who exist.
    ///   - seal: makes what is kept of a second factor.
    ///   - progress: told how far it is, on any thread.
    /// - Returns: what came of it.
    /// - Throws: `ImportError`: nothing was written.
    package func importPeople(
        from source: any PeopleSource, _ work: PeopleImport, seal: @escaping FactorSeal,
        progress: @escaping @Sendable (PeopleImport.Stage) -> Void = { _ in }
    ) async throws(ImportError) -> ImportReport {
        try await work.run(
            from: source, to: DatabaseWriter(people: people, seal: seal), people.importRules, progress: progress)
    }

    /// The sessions of those whom an import changed learn of it at once, or end.
    ///
    /// - Throws: `PeopleError.unfollowed`: the people are imported.
    package func follow(_ report: ImportReport) async throws(PeopleError) {
        guard !report.changed.isEmpty else { return }
        let people = people
        try await sessions.follow(.imported, .learn, nil, of: people) { live async throws(PeopleError) in
            for person in report.changed where person.endsSessions {
                _ = try await live.end(people.reference(id: person.id))
            }
            try await live.refresh(report.changed.filter { !$0.endsSessions }.map(\.id))
        }
    }
}

extension People {
    /// What imported people must be like: the rules for people made by hand.
    fileprivate var importRules: ImportRules {
        let hashers = passwords.hashers
        return ImportRules(names: .django, refusal: { encoded in hashers.refusal(of: encoded).map { "\($0)" } })
    }
}

/// The database that imported people go to.
private struct DatabaseWriter: PeopleWriter {
    let people: People
    let seal: FactorSeal

    func existing(_ imported: [ImportedPerson]) async throws(ImportError) -> [Int: ExistingName] {
        let names = imported.map(\.name)
        do {
            return try await people.ask(about: "") { try await $0.clashes(names) }.reduce(into: [:]) { found, clash in
                found[clash.key] = clash.value == names[clash.key] ? .same : .otherSpelling(clash.value)
            }
        } catch {
            throw .unavailable(reason: error.description)
        }
    }

    func write(
        _ imported: [ImportedPerson], updatesExisting: Bool, progress: @escaping @Sendable (Int) -> Void
    ) async throws(ImportError) -> ImportOutcome {
        let rows = imported.map(\.row)
        let (seal, now) = (seal, people.now())
        let outcome: BulkOutcome
        do throws(PeopleError) {
            outcome = try await people.ask(about: "the import") { administration in
                try await administration.write(
                    rows, updatesExisting: updatesExisting, now: now, seal: seal, progress: progress)
            }
        } catch .refused(let refusal) {
            throw .refused(reason: refusal.description)
        } catch {
            throw .unavailable(reason: error.description)
        }
        var result = ImportOutcome()
        (result.made, result.unchanged, result.factors) = (outcome.made, outcome.unchanged, outcome.factors)
        result.updated = outcome.updated.map { UpdatedPerson(id: $0.id, endsSessions: $0.endsSessions) }
        (result.groups, result.permissions) = (outcome.alongside.groups, outcome.alongside.permissions)
        return result
    }
}

extension ImportedPerson {
    fileprivate var row: PersonRow {
        var row = PersonRow(name: name)
        (row.encodedPassword, row.email, row.firstName, row.lastName) = (encodedPassword, email, firstName, lastName)
        (row.isActive, row.isStaff, row.isSuperuser) = (isActive, isStaff, isSuperuser)
        (row.groups, row.permissions, row.factors) = (groups, permissions, factors)
        return row
    }
}
