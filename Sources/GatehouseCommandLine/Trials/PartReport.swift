internal import GatehouseTerminal

/// What became of one thing that the daemon needs: a line for the operator.
struct PartReport: Sendable {
    enum Outcome: Sendable {
        case works(String)
        /// The daemon would not start, or would turn people away: what is wrong, and what to do.
        case fails(String)
        /// It works, and is probably not meant.
        case doubtful(String)
        /// Nobody was asked, and why.
        case leftOut(String)
    }

    /// The key of the configuration, like `sessions.store`.
    let part: String
    let outcome: Outcome

    init(_ part: String, _ outcome: Outcome) {
        self.part = part
        self.outcome = outcome
    }

    var hasFailed: Bool { if case .fails = outcome { true } else { false } }

    /// The whole line.
    var line: String {
        switch outcome {
        case .works(let text): "ok        \(part): \(text)"
        case .fails(let text): "FAILS     \(part): \(text)"
        case .doubtful(let text): "warning   \(part): \(text)"
        case .leftOut(let text): "left out  \(part): \(text)"
        }
    }

    /// What is well goes to standard output, what is not to standard error, in their order on a terminal.
    func say() {
        switch outcome {
        case .works, .leftOut:
            print(line)
        case .fails, .doubtful: Terminal.complain(line)
        }
    }
}
