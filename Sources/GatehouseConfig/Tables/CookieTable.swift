package import GatehouseCore

/// The cookies that follow from `portal.url`, `cookie.domain` and `cookie.name`.
package struct CookieSettings: Equatable, Sendable {
    /// What all of them are called.
    package let own: OwnCookies
    /// The domain that shares the session; `nil` for the portal's host alone.
    package let domain: Host?
    package let isSecure: Bool

    /// The session's; by default `__Host-gatehouse`, `__Secure-gatehouse` with a domain, `gatehouse-local` over http.
    package var name: SessionCookieName { own.session }
    /// The names of every cookie that is ours: the check takes them out of what applications see, and so do proxies' files.
    package var allNames: [SessionCookieName] { own.names.all }

    init(portal: PortalTable, domain: Host?, name: String?) {
        self.domain = domain
        isSecure = portal.isSecure
        let standard = isSecure ? (domain == nil ? "__Host-gatehouse" : "__Secure-gatehouse") : "gatehouse-local"
        own = OwnCookies(session: SessionCookieName(name ?? standard), isSecure: isSecure)
    }
}

/// `[cookie]`: which hosts share a session, and what its cookie is called.
struct CookieTable {
    let domain: Found<Host>?
    let name: Found<String>?

    init(_ table: TableReader) {
        domain = CookieTable.domain(table)
        name = CookieTable.name(table)
        table.finish()
    }

    private static func domain(_ table: TableReader) -> Found<Host>? {
        guard let text = table.string("domain") else { return nil }
        guard let host = Host(text.value), IPAddress(parsing: host.bytes.span) == nil,
            host.bytes.contains(UInt8(ascii: "."))
        else {
            table.log.add(
                text,
                "must be a domain of at least two labels, without dot in front, like \"example.com\", is \(text.seen)"
                    + HostAdvice.about(host: text.value))
            return nil
        }
        return Found(value: host, place: text.place, key: text.key)
    }

    /// The most octets of a name: with the 43 of its value the cookie stays under 100.
    static let maxNameLength = 50

    private static func name(_ table: TableReader) -> Found<String>? {
        guard let text = table.string("name") else { return nil }
        let bytes = Array(text.value.utf8)
        guard (1...maxNameLength).contains(bytes.count), bytes.allSatisfy(isTokenOctet) else {
            table.log.add(
                text,
                "must have 1 to \(maxNameLength) letters, digits or any of ! # $ % & ' * + - . ^ _ ` | ~, is \(text.seen)"
            )
            return nil
        }
        let prefix = prefix(of: text.value)
        guard prefix != nil || !bytes.starts(with: "__".utf8), bytes.count > (prefix?.utf8.count ?? 0) else {
            table.log.add(
                text,
                "must not begin with __, which browsers keep for prefixes, unless with \"\(OwnCookies.hostPrefix)\" "
                    + "or \"\(OwnCookies.securePrefix)\" and a name behind it, is \(text.seen)")
            return nil
        }
        return text
    }

    /// An octet of a cookie's name (RFC 6265, section 4.1.1).
    private static func isTokenOctet(_ octet: UInt8) -> Bool {
        ASCII.isAlphanumeric(octet) || "!#$%&'*+-.^_`|~".utf8.contains(octet)
    }

    /// The prefix of a name, spelt as browsers want it.
    private static func prefix(of name: String) -> String? {
        [OwnCookies.hostPrefix, OwnCookies.securePrefix].first { name.utf8.starts(with: $0.utf8) }
    }

    /// Reports a name whose prefix promises what the cookie does not keep, so that browsers drop it.
    func judgeName(portal: PortalTable, log: ProblemLog) {
        guard let name else { return }
        let prefix = CookieTable.prefix(of: name.value)
        if let prefix, !portal.isSecure {
            log.add(name, "must not begin with \(prefix) over http, where browsers drop such a cookie, is \(name.seen)")
        } else if prefix == OwnCookies.hostPrefix, let domain {
            log.add(
                name,
                "must not begin with \(OwnCookies.hostPrefix) with cookie.domain, which is \"\(domain.value)\": browsers "
                    + "drop such a cookie; take \(OwnCookies.securePrefix), is \(name.seen)")
        } else if prefix == nil, portal.isSecure {
            let safe = domain == nil ? OwnCookies.hostPrefix : OwnCookies.securePrefix
            log.warn(
                name.place, name.key,
                "\(name.seen) has no prefix, so a page that somebody put in over http can set it; take "
                    + "\"\(safe)\(name.value)\"")
        }
    }
}
