private import GatehouseCore

/// One import: reads everything, judges it, and writes all of it or nothing.
package struct PeopleImport {
    /// Whether bad lines are left out instead of stopping everything.
    package var skipsBad = false
    /// Whether people who exist are changed; else they are bad lines.
    package var updatesExisting = false
    /// Whether nothing is written.
    package var isDryRun = false

    package init() {}

    /// How far it is.
    package enum Stage: Equatable, Sendable {
        case read(Int)
        case written(Int, of: Int)
    }

    /// How many records lie between two words about the progress.
    private static let step = 1_000

    /// Does it.
    ///
    /// `progress` is told how far it is; it may be called on any thread.
    ///
    /// - Throws: `ImportError` if it could not be carried through; then nothing was written.
    package func run(
        from source: any PeopleSource, to writer: any PeopleWriter, _ rules: ImportRules,
        progress: @escaping @Sendable (Stage) -> Void = { _ in }
    ) async throws(ImportError) -> ImportReport {
        var source = source
        var roll = ImportRoll(rules)
        var unusable = 0
        while let record = try await source.next() {
            if case .person(let person) = record { unusable += person.unusableFactors }
            try roll.add(record)
            if roll.count.isMultiple(of: PeopleImport.step) { progress(.read(roll.count)) }
        }
        progress(.read(roll.count))
        var report = ImportReport(read: roll.count, notes: source.notes + ImportReport.leftOut(factors: unusable))
        // A word about people who exist is worth having also when other lines are bad.
        let existing = roll.people.isEmpty ? [:] : try await writer.existing(roll.people)
        roll.strike(existing, updates: updatesExisting)
        report.problems = roll.problems
        report.problemCount = roll.problemCount
        guard roll.problemCount == 0 || skipsBad else {
            report.verdict = .refused
            return report
        }
        guard !isDryRun else {
            report.verdict = .tried
            report.updated = existing.values.count { $0 == .same && updatesExisting }
            report.made = roll.people.count - report.updated
            return report
        }
        let count = roll.people.count
        guard count > 0 else { return report }
        let outcome = try await writer.write(roll.people, updatesExisting: updatesExisting) { done in
            progress(.written(done, of: count))
        }
        report.take(outcome)
        return report
    }
}
