internal import GatehouseCore

/// `[outbound]`: how providers are reached from here.
package struct OutboundTable: Equatable, Sendable {
    /// `http://host:port` or `https://host:port`; `nil` for the direct way.
    package let proxy: String?
    /// Hosts that are reached without it, in lower case; a name stands for the hosts below it as well.
    package let noProxy: [String]

    init(_ table: TableReader) {
        proxy = OutboundTable.proxy(table)
        var hosts: [String] = []
        for text in table.strings("no_proxy") ?? [] {
            guard let host = Host(text.value).map({ "\($0)" }) ?? IPAddress(text.value).map({ "\($0)" }) else {
                table.log.add(text, "must be a host or an address like \"login.example.com\", is \(text.seen)")
                continue
            }
            hosts.append(host)
        }
        noProxy = hosts
        if proxy == nil, let place = table.value("no_proxy")?.place, table.value("proxy") == nil {
            table.log.warn(place, table.key("no_proxy"), "has no effect without \(table.key("proxy"))")
        }
        table.finish()
    }

    private static func proxy(_ table: TableReader) -> String? {
        guard let text = table.string("proxy") else { return nil }
        let bytes = Array(text.value.utf8)
        let end = bytes.last == UInt8(ascii: "/") ? bytes.count - 1 : bytes.count
        guard let (scheme, start) = Origin.splitScheme(bytes.span), start < end,
            ServerAuthority(Array(bytes[start..<end])) != nil
        else {
            table.log.add(
                text,
                "must be an address like \"http://proxy.example.com:3128\", without user and path, is \(text.seen)")
            return nil
        }
        return "\(scheme.rawValue)://\(String(decoding: bytes[start..<end], as: UTF8.self))"
    }
}
