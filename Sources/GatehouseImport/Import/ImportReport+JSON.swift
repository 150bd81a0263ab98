private import GatehouseFormats

extension ImportReport {
    /// The report as one JSON document in one line.
    package func json(file: String, format: ImportFormat, isGuessed: Bool) -> String {
        let problems = problems.map { JSON.object([("line", .number($0.line)), ("reason", .string($0.reason))]) }
        return JSON.object([
            ("result", .string(verdict.rawValue)), ("file", .string(file)), ("format", .string(format.rawValue)),
            ("format_guessed", .flag(isGuessed)), ("read", .number(read)), ("made", .number(made)),
            ("updated", .number(updated)), ("unchanged", .number(unchanged)), ("factors_kept", .number(factors)),
            ("bad", .number(problemCount)), ("groups_made", .strings(groups)),
            ("permissions_made", .strings(permissions)),
            ("notes", .strings(notes)), ("problems", .array(problems)),
        ]).text
    }
}
