/// Where a PostgreSQL server is, and how long it may take.
package struct PostgreSQLSettings: Sendable {
    /// `postgresql://…` as libpq reads it.
    package let url: String
    /// Takes the place of a password in the address; never shown.
    package let password: String?
    /// The most connections; each is used by one thread at a time.
    package let connections: Int
    /// Of each host of the address that has no `connect_timeout` of its own.
    package let connectDeadline: Duration
    /// Of each statement; the command line allows more than the daemon, behind which people wait.
    package let statementDeadline: Duration
    /// The most octets that the values of one answer may have.
    package let answerLimit: Int

    package init(
        url: String, password: String? = nil, connections: Int = 4, connectDeadline: Duration = .seconds(1),
        statementDeadline: Duration = .seconds(2), answerLimit: Int = 64 << 20
    ) {
        self.url = url
        self.password = password
        self.connections = max(connections, 1)
        self.connectDeadline = connectDeadline
        self.statementDeadline = statementDeadline
        self.answerLimit = answerLimit
    }
}
