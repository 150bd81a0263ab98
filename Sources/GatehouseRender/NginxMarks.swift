/// Lines of an nginx configuration that prove that none of them is missing.
///
/// nginx reads several directives on one line. So each line that matters carries a second directive that puts the line's
/// number on a list, and a guard compares the whole list: whoever loses a line loses its number with it, and the guard refuses
/// what the line would have opened. `set` and `if … return` run before `auth_request` and `proxy_pass`.
struct NginxMarks {
    /// The nginx variable that holds the list, with its `$`.
    let variable: String
    /// What the list begins with.
    let start: String
    private var count = 0

    init(variable: String, start: String) {
        self.variable = variable
        self.start = start
    }

    /// A directive with its mark.
    mutating func marked(_ directive: String) -> String {
        count += 1
        let padding = String(repeating: " ", count: max(1, 72 - directive.utf8.count))
        return "\(directive)\(padding)set \(variable) \(variable)-\(count);"
    }

    /// Refuses with a status unless every mark made so far is there.
    func guardLine(status: Int) -> String {
        let all = (0..<count).reduce(into: start) { $0 += "-\($1 + 1)" }
        return "if (\(variable) != \"\(all)\") { return \(status); }"
    }
}
