private import GatehouseCore

extension ImportReport {
    /// The report as one JSON document in one line.
    package func json(file: String, format: ImportFormat, isGuessed: Bool) -> String {
        let problems = problems.map { #"{"line":\#($0.line),"reason":\#(Self.quoted($0.reason))}"# }
        let members = [
            ("result", Self.quoted(verdict.rawValue)), ("file", Self.quoted(file)),
            ("format", Self.quoted(format.rawValue)), ("format_guessed", "\(isGuessed)"), ("read", "\(read)"),
            ("made", "\(made)"), ("updated", "\(updated)"), ("unchanged", "\(unchanged)"),
            ("factors_kept", "\(factors)"), ("bad", "\(problemCount)"),
            ("groups_made", Self.list(groups.map { Self.quoted($0.description) })),
            ("permissions_made", Self.list(permissions.map { Self.quoted($0.description) })),
            ("notes", Self.list(notes.map(Self.quoted))), ("problems", Self.list(problems)),
        ]
        return "{" + members.map { "\"\($0.0)\":\($0.1)" }.joined(separator: ",") + "}"
    }

    private static func list(_ items: [String]) -> String { "[" + items.joined(separator: ",") + "]" }

    /// A JSON text; everything but printable ASCII and letters beyond it is escaped.
    private static func quoted(_ text: String) -> String { "\"\(SafeText.json(text))\"" }
}
