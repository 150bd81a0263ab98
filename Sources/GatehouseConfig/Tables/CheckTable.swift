package import GatehouseCore

/// `[check]`: the listener that proxies ask.
package struct CheckTable: Equatable, Sendable {
    package let listen: [ListenAddress]
    /// The networks whose word about clients is believed; Unix sockets are trusted by their file mode.
    package let trustedNetworks: [Network]
    /// The most octets the head of an answer may have.
    package let maxAnswerHead: Int
    /// Event loops; 0 stands for one per core.
    package let threads: Int

    package var trustedProxies: TrustedProxies { TrustedProxies(networks: trustedNetworks) }

    init(_ table: TableReader, _ defaults: EnvironmentDefaults) {
        listen = table.listen(default: defaults.listen(port: 9_180))
        trustedNetworks = table.networks("trusted_proxies") ?? Network.loopback
        threads = table.integer("threads", in: 0...64)?.value ?? 0
        maxAnswerHead = table.integer("max_answer_head", in: 1_024...15_360)?.value ?? 3_584
        table.finish()
    }
}

/// `[admin]`: the listener for health and metrics.
package struct AdminTable: Equatable, Sendable {
    package let listen: [ListenAddress]
    /// The names that it answers to, beside `localhost` and every address.
    package let hosts: [Host]

    static let standardListen = ListenAddress.tcp(host: IPAddress(v4: (127, 0, 0, 1)), port: 9_182)

    init(_ table: TableReader) {
        hosts = (table.strings("hosts") ?? []).compactMap { text in
            guard let host = Host(text.value) else {
                table.log.add(text, "must be names like [\"gatehouse\"], without a port, has \(text.seen) in it")
                return nil
            }
            return host
        }
        listen = table.listen(default: AdminTable.standardListen)
        for address in listen where !address.isLocal {
            table.log.warn(
                table.value("listen")?.place ?? table.place, table.key("listen"),
                "\(address) can be reached from other machines, and health and metrics need no password")
        }
        table.finish()
    }
}
