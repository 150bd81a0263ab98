/// Where a service manager hears how a process fares: `NOTIFY_SOCKET`.
package struct NotifySocket: Equatable, Sendable {
    /// A path, or a name after a zero octet, which belongs to no file.
    let name: [UInt8]

    /// The most octets a name may have, so that one remains for the end of a path (`sockaddr_un`).
    private static var maxLength: Int { 107 }

    /// Takes a path like `/run/systemd/notify` or the abstract name `@name`.
    package init(_ text: String) throws(ServiceManagerFault) {
        var name = Array(text.utf8)
        guard let first = name.first, first == UInt8(ascii: "/") || first == UInt8(ascii: "@"),
            name.count > 1, name.count <= NotifySocket.maxLength, !name.contains(0)
        else {
            throw ServiceManagerFault(
                "NOTIFY_SOCKET: must be a path or \"@\" and a name, of at most \(NotifySocket.maxLength) octets, is \(text)"
            )
        }
        if first == UInt8(ascii: "@") { name[0] = 0 }
        self.name = name
    }
}
