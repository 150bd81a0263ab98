/// One thing that is wrong with the configuration, or worth a warning.
package struct ConfigProblem: Equatable, Sendable, CustomStringConvertible {
    /// The file's path as it was given, or the name of an environment variable.
    package let source: String
    /// Counted from 1; `nil` if no line is to blame.
    package let line: Int?
    /// Like `sessions.idle`; empty if the file as a whole is meant.
    package let key: String
    /// What is wrong, what was seen and what is allowed; never a secret.
    package let message: String

    package init(source: String, line: Int? = nil, key: String = "", message: String) {
        self.source = source
        self.line = line
        self.key = key
        self.message = message
    }

    /// The same place with other words.
    func saying(_ message: String) -> ConfigProblem {
        ConfigProblem(source: source, line: line, key: key, message: message)
    }

    package var description: String {
        let place = line.map { "\(source):\($0)" } ?? source
        return key.isEmpty ? "\(place): \(message)" : "\(place): \(key): \(message)"
    }
}

/// Everything that is wrong with the configuration, in the order of the file.
package struct ConfigProblems: Error, Equatable, Sendable, CustomStringConvertible {
    package let problems: [ConfigProblem]

    package init(_ problems: [ConfigProblem]) { self.problems = problems }

    /// One problem per line.
    package var description: String { problems.map(\.description).joined(separator: "\n") }
}
