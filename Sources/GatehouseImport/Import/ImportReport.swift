package import GatehouseCore

/// What an import came to.
package struct ImportReport: Equatable, Sendable {
    package enum Verdict: String, Sendable {
        /// Everything, or everything but the bad lines, is in the database.
        case imported
        /// It would be: nothing was written.
        case tried = "dry_run"
        /// There are bad lines: nothing was written.
        case refused
    }

    package var verdict = Verdict.imported
    /// How many people and bad lines there were.
    package var read: Int
    package var made = 0
    package var updated = 0
    package var unchanged = 0
    /// The secrets of one-time passwords that were kept.
    package var factors = 0
    /// Groups and permissions that were made along the way.
    package var groups: [GroupName] = []
    package var permissions: [PermissionName] = []
    /// In the order of the file; the first `ImportRoll.maxProblems`.
    package var problems: [ImportProblem] = []
    package var problemCount = 0
    package var notes: [String]
    /// The people whose running sessions must follow.
    package var changed: [UpdatedPerson] = []

    init(read: Int, notes: [String]) {
        self.read = read
        self.notes = notes
    }

    mutating func take(_ outcome: ImportOutcome) {
        made = outcome.made
        updated = outcome.updated.count
        unchanged = outcome.unchanged
        factors = outcome.factors
        changed = outcome.updated
        groups = outcome.groups
        permissions = outcome.permissions
    }

    /// One line for each bad line, and one for those that are only counted; `place` is the file as messages name it.
    package func complaints(_ place: String) -> [String] {
        var lines = problems.map { "\(place):\($0.line): \($0.reason)" }
        if problemCount > problems.count { lines.append("… and \(problemCount - problems.count) more") }
        return lines
    }

    /// What to tell in the end, one sentence in each line.
    package var summary: [String] {
        let people = ImportReport.count(made, "person", "people")
        let bad = ImportReport.count(problemCount, "bad line", "bad lines")
        switch verdict {
        case .refused:
            return ["\(bad) of \(read); nothing was imported. Mend them, or leave them out with --skip-bad."]
        case .tried:
            var line = "Would make \(people)"
            if updated > 0 { line += " and update \(updated)" }
            return ["\(line)\(problemCount > 0 ? ", leaving out \(bad)" : ""). Nothing was written."] + remarks
        case .imported:
            var line = "Made \(ImportReport.listed([people, named(groups, "group"), named(permissions, "permission")]))"
            if updated > 0 { line += ", updated \(updated)" }
            if unchanged > 0 { line += ", found \(unchanged) as they are" }
            if problemCount > 0 { line += ", left out \(bad)" }
            return ["\(line)."] + kept + remarks
        }
    }

    /// How many names are told; of more there is only the number.
    private static let mostNames = 10

    /// `2 groups (a, b)`; `nil` for none.
    private func named<Kind>(_ names: [Name<Kind>], _ kind: String) -> String? {
        guard !names.isEmpty else { return nil }
        let count = ImportReport.count(names.count, kind, "\(kind)s")
        guard names.count <= ImportReport.mostNames else { return count }
        return "\(count) (\(names.map { Shown.text($0.text.bytes) }.joined(separator: ", ")))"
    }

    /// `a`, `a and b`, `a, b and c`.
    private static func listed(_ parts: [String?]) -> String {
        let parts = parts.compactMap { $0 }
        guard let last = parts.last, parts.count > 1 else { return parts.first ?? "" }
        return "\(parts.dropLast().joined(separator: ", ")) and \(last)"
    }

    /// What became of one-time passwords: who had them must know that nobody is asked for one.
    private var kept: [String] {
        guard factors > 0 else { return [] }
        let secrets = ImportReport.count(factors, "secret", "secrets")
        return [
            "Kept \(secrets) of one-time passwords, sealed, for when second factors come: until then nobody is asked for one."
        ]
    }

    private var remarks: [String] { notes.map { "Note: \($0)." } }

    /// What to tell of secrets of one-time passwords that cannot be used.
    static func leftOut(factors: Int) -> [String] {
        guard factors > 0 else { return [] }
        return ["left out \(count(factors, "secret", "secrets")) of one-time passwords that cannot be used"]
    }

    private static func count(_ number: Int, _ one: String, _ many: String) -> String {
        "\(number) \(number == 1 ? one : many)"
    }
}
