package import GatehouseCore

/// `[portal]`: where people sign in.
package struct PortalTable: Equatable, Sendable {
    package let origin: Origin
    /// Empty, or a path without a slash at the end: `/_gatehouse`.
    package let prefix: String
    package let listen: [ListenAddress]
    /// What the pages call themselves.
    package let name: String
    /// Whom people can turn to; `nil` if nobody is named.
    package let contact: Contact?
    /// Whether people sign in with a password, besides what providers say of them.
    package let takesPasswords: Bool

    package var host: Host { origin.authority.host }
    package var isSecure: Bool { origin.scheme == .https }
    package var url: String { "\(origin)\(prefix)" }

    /// `nil` after a problem with `url`, without which nothing else of the file can be judged.
    init?(_ table: TableReader, _ defaults: EnvironmentDefaults) {
        let url = PortalTable.url(table)
        listen = table.listen(default: defaults.listen(port: 9_181))
        name = PortalTable.name(table)
        contact = PortalTable.contact(table)
        takesPasswords = table.boolean("passwords")?.value ?? true
        table.finish()
        guard let url else { return nil }
        origin = url.origin
        prefix = url.prefix
    }

    /// An application's host as browsers know it.
    ///
    /// An entry that is the portal's own host, under a path of which the portal is, has the portal's port unless it names one:
    /// `localhost` beside `http://localhost:8080/_gatehouse` is `localhost:8080`.
    func placed(_ host: ApplicationHost, _ scheme: Scheme) -> ApplicationHost {
        guard !prefix.isEmpty, host.port == nil, host.pattern == .exact(self.host), scheme == origin.scheme else {
            return host
        }
        return ApplicationHost(pattern: host.pattern, port: origin.authority.port)
    }

    private static func url(_ table: TableReader) -> (origin: Origin, prefix: String)? {
        guard let text = table.string("url") else {
            if table.value("url") == nil {
                table.require("url", "where people sign in, like \"https://auth.example.com\"")
            }
            return nil
        }
        guard let url = parse(text.value) else {
            let forms = "\"https://auth.example.com\" or \"https://app.example.com/_gatehouse\""
            table.log.add(
                text,
                "must be an address like \(forms), without user, query and fragment, is \(text.seen)"
                    + HostAdvice.about(url: text.value))
            return nil
        }
        guard url.origin.scheme == .https || isLocal(url.origin.authority.host) else {
            table.log.add(
                text,
                "must start with https://, since over http anybody on the way can take the session cookie; "
                    + "http is only for localhost, *.localhost and 127.0.0.0/8, is \(text.seen)")
            return nil
        }
        return url
    }

    private static func parse(_ text: String) -> (origin: Origin, prefix: String)? {
        let bytes = Array(text.utf8)
        guard let (_, start) = Origin.splitScheme(bytes.span) else { return nil }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        guard let origin = Origin(parsing: bytes.span.extracting(0..<end)) else { return nil }
        var prefix = bytes[end...]
        if prefix.last == UInt8(ascii: "/") { prefix.removeLast() }
        guard prefix.allSatisfy({ ASCII.isUnreserved($0) || $0 == UInt8(ascii: "/") }), prefix.count <= 200,
            prefix.isEmpty || CanonicalPath(parsing: Array(prefix).span) != nil, prefix.last != UInt8(ascii: "/")
        else { return nil }
        return (origin, String(decoding: prefix, as: UTF8.self))
    }

    /// Hosts that browsers take for this machine, so that nothing travels over a network.
    private static func isLocal(_ host: Host) -> Bool {
        if host.bytes.elementsEqual("localhost".utf8) { return true }
        if host.bytes.count > 10, host.bytes.suffix(10).elementsEqual(".localhost".utf8) { return true }
        return IPAddress(parsing: host.bytes.span)?.isLoopback ?? false
    }

    private static func contact(_ table: TableReader) -> Contact? {
        guard let text = table.string("contact") else { return nil }
        if let contact = Contact(text.value) { return contact }
        table.log.add(
            text,
            "must be an e-mail address like \"help@example.com\", or a page like \"https://example.com/help\", "
                + "is \(text.seen)")
        return nil
    }

    private static func name(_ table: TableReader) -> String {
        guard let name = table.string("name") else { return "Gatehouse" }
        guard !name.value.utf8.isEmpty, name.value.utf8.count <= 100 else {
            table.log.add(name, "must have 1 to 100 octets, is \(name.seen)")
            return "Gatehouse"
        }
        return name.value
    }
}
