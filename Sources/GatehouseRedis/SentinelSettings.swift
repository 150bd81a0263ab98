package import GatehouseCore

/// Where a link finds its Redis.
package enum RedisPlace: Sendable, CustomStringConvertible {
    case server(ServerAddress)
    /// The master that Sentinels name; replicas are never read.
    case master(SentinelSettings)

    package var description: String {
        switch self {
        case .server(let address): "\(address)"
        case .master(let sentinels): "\(sentinels)"
        }
    }
}

/// The Sentinels that watch over a master, and the name that they know it by.
package struct SentinelSettings: Sendable, CustomStringConvertible {
    /// In the order in which they are asked; without one no master is ever found.
    package var addresses: [ServerAddress]
    package var master: String
    /// The ACL user of the Sentinels themselves; `nil` is their `default` user.
    package var username: String?
    /// The password of the Sentinels themselves, which is another one than that of the servers; `nil`: no `AUTH` is sent.
    package var password: RedisPassword?

    package init(
        addresses: [ServerAddress], master: String, username: String? = nil, password: RedisPassword? = nil
    ) {
        self.addresses = addresses
        self.master = master
        self.username = username
        self.password = password
    }

    package var description: String { "\(master) of Sentinel \(addresses.map(\.description).joined(separator: ", "))" }
}
