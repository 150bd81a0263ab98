package import GatehouseCore

/// How to reach Redis and with which rights.
package struct RedisSettings: Sendable {
    package var place: RedisPlace
    /// The ACL user; `nil` is Redis' `default` user.
    package var username: String?
    /// `nil`: no `AUTH` is sent.
    package var password: RedisPassword?
    /// The number of the logical database.
    package var database: Int
    /// The time to connect and the time to set the connection up, each.
    package var connectDeadline: Duration
    /// The time from a command to its reply; afterwards the connection is given up, because replies lost their order.
    package var commandDeadline: Duration

    package init(
        place: RedisPlace, username: String? = nil, password: RedisPassword? = nil, database: Int = 0,
        connectDeadline: Duration = .seconds(1), commandDeadline: Duration = .milliseconds(250)
    ) {
        self.place = place
        self.username = username
        self.password = password
        self.database = database
        self.connectDeadline = connectDeadline
        self.commandDeadline = commandDeadline
    }

    /// For a server whose address is known.
    package init(
        address: ServerAddress, username: String? = nil, password: RedisPassword? = nil, database: Int = 0,
        connectDeadline: Duration = .seconds(1), commandDeadline: Duration = .milliseconds(250)
    ) {
        self.init(
            place: .server(address), username: username, password: password, database: database,
            connectDeadline: connectDeadline, commandDeadline: commandDeadline)
    }
}

/// The password of a Redis user; it never shows in text.
package struct RedisPassword: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    let bytes: [UInt8]

    package init(_ bytes: [UInt8]) { self.bytes = bytes }

    package var description: String { "<redacted>" }
    package var debugDescription: String { "<redacted>" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
