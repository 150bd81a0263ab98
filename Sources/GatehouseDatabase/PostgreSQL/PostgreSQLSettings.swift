/// Where a PostgreSQL server is, and how long it may take.
package struct PostgreSQLSettings: Sendable {
    /// `postgresql://…` as libpq reads it.
    package let url: String
    /// Takes the place of a password in the address; never shown.
    package let password: String?
    /// The most connections; each is used by one thread at a time.
    package let connections: Int
    package let connectDeadline: Duration
    /// Of each statement; the command line allows more than the daemon, behind which people wait.
    package let statementDeadline: Duration

    package init(
        url: String, password: String? = nil, connections: Int = 4, connectDeadline: Duration = .seconds(1),
        statementDeadline: Duration = .seconds(2)
    ) {
        self.url = url
        self.password = password
        self.connections = max(connections, 1)
        self.connectDeadline = connectDeadline
        self.statementDeadline = statementDeadline
    }
}
