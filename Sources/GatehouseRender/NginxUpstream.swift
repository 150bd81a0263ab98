/// The instances of one listener, as nginx reaches them.
package struct NginxUpstream: Sendable {
    private let servers: [String]

    /// - Parameter servers: at least one, like `127.0.0.1:9180` or `unix:/run/gatehouse/check.sock`.
    package init(_ servers: [String]) { self.servers = servers }

    /// The `upstream` block.
    ///
    /// nginx asks the next instance where one does not answer. It leaves that one alone for a second only, not for ten: in a
    /// rolling restart the first one is back before the second one goes, and nginx has to know by then.
    func block(_ name: String, keepalive: Int) -> String {
        guard servers.count > 1 else {
            let padding = String(repeating: " ", count: max("gatehouse_portal".utf8.count - name.utf8.count, 0))
            return "upstream \(name)\(padding) { server \(servers.first ?? ""); keepalive \(keepalive); }"
        }
        return """
            upstream \(name) {
            \(servers.map { "    server \($0) fail_timeout=1s;" }.joined(separator: "\n"))
                keepalive \(keepalive);
            }
            """
    }
}
