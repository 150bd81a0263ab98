/// Which file holds the people, and how it is written.
package struct FileSettings: Sendable {
    /// How a file of people is written.
    package enum Format: String, CaseIterable, Sendable {
        /// `[users.alice]` tables with a password, groups and more.
        case toml
        /// Apache's `name:hash` lines.
        case htpasswd

        /// The most octets that are read; the parser of TOML takes no more.
        var maxLength: Int {
            switch self {
            case .toml: 1 << 20
            case .htpasswd: 16 << 20
            }
        }
    }

    package let path: String
    package let format: Format

    package init(path: String, format: Format) {
        self.path = path
        self.format = format
    }
}
