/// A key of the file, as the code that reads it knows it.
package struct ConfigurationKey: Equatable, Sendable {
    /// Like `sessions.idle` or `application.rule.paths`; `permissions.*` where the keys are the operator's own.
    package let path: String
    /// The `type` of the backends that have it; `nil` for a key that does not depend on one.
    package let backend: String?
    package let kind: Kind

    /// What it may hold.
    package enum Kind: Equatable, Sendable {
        case text
        /// A text that no message shows: a reference to a secret, or an address with a password in it.
        case secret
        case texts
        case textOrTexts
        /// A list whose elements are texts or lists of texts.
        case textsOrLists
        case flag
        case integer(ClosedRange<Int>)
        case number(ClosedRange<Double>)
        /// As the file writes lengths of time.
        case duration(least: String, most: String)
        /// As the file writes numbers of octets.
        case size(least: String, most: String)
        case choice([String])
        case table
        /// One of a few words, or a table.
        case wordOrTable([String])
        case tables
        /// One of a few words, or a table in which each of these names has a text.
        case preset([String], names: [String])
    }

    init(path: String, backend: String? = nil, kind: Kind) {
        self.path = path
        self.backend = backend
        self.kind = kind
    }
}

/// Notes each key that is asked for, once.
struct KeyNotes {
    private(set) var keys: [ConfigurationKey] = []
    private var known: Set<String> = []

    mutating func note(_ path: String, _ kind: ConfigurationKey.Kind) {
        guard known.insert(path).inserted else { return }
        keys.append(ConfigurationKey(path: path, kind: kind))
    }
}
