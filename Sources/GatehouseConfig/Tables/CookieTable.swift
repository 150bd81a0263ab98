package import GatehouseCore

/// The cookies that follow from `portal.url` and `cookie.domain`.
package struct CookieSettings: Equatable, Sendable {
    /// `__Host-gatehouse`, `__Secure-gatehouse` with a domain, `gatehouse-local` over http.
    package let name: SessionCookieName
    /// Binds the sign-in form to a browser without a session; always for the portal's host alone.
    package let preSessionName: SessionCookieName
    /// The domain that shares the session; `nil` for the portal's host alone.
    package let domain: Host?
    package let isSecure: Bool

    init(portal: PortalTable, domain: Host?) {
        self.domain = domain
        isSecure = portal.isSecure
        if isSecure {
            name = SessionCookieName(domain == nil ? "__Host-gatehouse" : "__Secure-gatehouse")
            preSessionName = SessionCookieName("__Host-gatehouse-pre")
        } else {
            name = SessionCookieName("gatehouse-local")
            preSessionName = SessionCookieName("gatehouse-local-pre")
        }
    }
}

/// `[cookie]`: which hosts share a session.
struct CookieTable {
    let domain: Found<Host>?

    init(_ table: TableReader) {
        domain = CookieTable.domain(table)
        table.finish()
    }

    private static func domain(_ table: TableReader) -> Found<Host>? {
        guard let text = table.string("domain") else { return nil }
        guard let host = Host(text.value), IPAddress(parsing: host.bytes.span) == nil,
            host.bytes.contains(UInt8(ascii: "."))
        else {
            table.log.add(
                text,
                "must be a domain of at least two labels, without dot in front, like \"example.com\", is \(text.seen)")
            return nil
        }
        return Found(value: host, place: text.place, key: text.key)
    }
}
