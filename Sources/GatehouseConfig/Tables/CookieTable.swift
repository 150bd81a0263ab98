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

    /// Reports where the cookie would not reach: the portal, or a host of an application.
    func judge(portal: PortalTable, hosts: [Found<ApplicationHost>], log: ProblemLog) {
        if let domain {
            if !CookieTable.covers(domain.value, .exact(portal.host)) {
                log.add(domain, "must cover the portal's host \(portal.host), is \"\(domain.value)\"")
                return
            }
            for host in hosts where !CookieTable.covers(domain.value, host.value.pattern) {
                log.add(host, "\"\(host.value)\" is not under cookie.domain, which is \"\(domain.value)\"")
            }
            return
        }
        for host in hosts where host.value.pattern != .exact(portal.host) {
            log.add(
                host,
                "\"\(host.value)\" is not the portal's host \(portal.host), so the session cookie does not reach it; "
                    + "set cookie.domain to a domain that covers both")
            return
        }
    }

    /// Whether a cookie for `domain` reaches every host of a pattern (RFC 6265, section 5.1.3).
    private static func covers(_ domain: Host, _ pattern: HostPattern) -> Bool {
        let host =
            switch pattern {
            case .exact(let host), .wildcard(let host): host
            }
        guard host != domain else { return true }
        let below = [UInt8(ascii: ".")] + domain.bytes
        return host.bytes.count > below.count && host.bytes.suffix(below.count).elementsEqual(below)
    }
}
