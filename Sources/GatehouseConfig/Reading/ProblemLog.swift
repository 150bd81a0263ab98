internal import GatehouseCore

/// Collects problems and warnings while a file is read, and the names that only the database can judge.
final class ProblemLog {
    /// `nil` where the environment is all that there is.
    private let file: String?
    private var problems: [(place: Place, problem: ConfigProblem)] = []
    private var warnings: [(place: Place, problem: ConfigProblem)] = []
    private(set) var mentions: [NameMention] = []
    /// The keys that are asked for; `nil` where nobody wants to know.
    var notes: KeyNotes?

    init(file: String?) { self.file = file }

    var hasNoFile: Bool { file == nil }

    func add(_ place: Place, _ key: String, _ message: String) {
        problems.append((place, problem(place, key, message)))
    }

    func add(_ found: Found<some Any>, _ message: String) { add(found.place, found.key, message) }

    func warn(_ place: Place, _ key: String, _ message: String) {
        warnings.append((place, problem(place, key, message)))
    }

    /// Remembers a name that the database has to know.
    func mention(_ name: NameMention.Name, _ text: Found<String>, isOfDatabase: Bool = false) {
        mentions.append(
            NameMention(name: name, isOfDatabase: isOfDatabase, place: problem(text.place, text.key, text.seen)))
    }

    private func problem(_ place: Place, _ key: String, _ message: String) -> ConfigProblem {
        if case .environment(let name) = place { return ConfigProblem(source: name, key: key, message: message) }
        return ConfigProblem(source: file ?? "environment", line: place.line, key: key, message: message)
    }

    var isEmpty: Bool { problems.isEmpty }
    var sortedProblems: [ConfigProblem] { ProblemLog.sorted(problems) }
    var sortedWarnings: [ConfigProblem] { ProblemLog.sorted(warnings) }

    /// By line; then what no line is to blame for; then the environment.
    private static func sorted(_ entries: [(place: Place, problem: ConfigProblem)]) -> [ConfigProblem] {
        func rank(_ place: Place) -> (Int, Int, Int) {
            if case .environment = place { return (2, 0, 0) }
            guard case .file(let line, let column) = place, line > 0 else { return (1, 0, 0) }
            return (0, line, column)
        }
        let ranked = entries.enumerated().map {
            (rank: rank($0.element.place), offset: $0.offset, problem: $0.element.problem)
        }
        return ranked.sorted { $0.rank == $1.rank ? $0.offset < $1.offset : $0.rank < $1.rank }.map(\.problem)
    }
}
