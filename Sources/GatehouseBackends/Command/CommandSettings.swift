/// Which program is asked about people.
package struct CommandSettings: Sendable {
    /// The absolute path of the program; no shell looks at it.
    package let path: String
    package let arguments: [String]
    /// How long one answer may take; then the program and everything it started is killed.
    package let timeout: Duration
    /// Variables of Gatehouse's own environment that the program gets, too; by default there are `PATH` and `LANG`
    /// only.
    package let environment: [String]
    /// Whether the program may make people staff and superusers.
    package let grantsFlags: Bool

    package init(
        path: String, arguments: [String] = [], timeout: Duration = .seconds(5), environment: [String] = [],
        grantsFlags: Bool = false
    ) {
        self.path = path
        self.arguments = arguments
        self.timeout = timeout
        self.environment = environment
        self.grantsFlags = grantsFlags
    }
}
