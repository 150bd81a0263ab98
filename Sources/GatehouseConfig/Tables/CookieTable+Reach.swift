package import GatehouseCore

/// Whether anybody can have a name below a domain.
package enum SuffixVerdict: Equatable, Sendable {
    /// Like `co.uk` or `github.io`: browsers drop a cookie for all of it (RFC 6265, section 5.3).
    case publicSuffix
    /// Somebody's own domain, or one that no list knows.
    case ordinary
    /// It could not be found out; what to do about it.
    case unknown(reason: String)
}

/// Says of a domain whether it is a public suffix.
///
/// It is asked only where a cookie is to be shared.
package typealias SuffixJudge = @Sendable (Host) -> SuffixVerdict

/// Which hosts a cookie can be shared by.
package enum CookieReach {
    /// The longest domain that covers every one of the hosts; `nil` if they share at most one label or are addresses.
    package static func sharedDomain(_ hosts: [Host]) -> Host? {
        guard let first = hosts.first, !hosts.contains(where: { IPAddress(parsing: $0.bytes.span) != nil }) else {
            return nil
        }
        var candidate: Host? = first
        while let domain = candidate, domain.bytes.contains(UInt8(ascii: ".")) {
            if hosts.allSatisfy({ covers(domain, $0) }) { return domain }
            candidate = domain.parent
        }
        return nil
    }

    /// Whether a cookie for `domain` reaches a host (RFC 6265, section 5.1.3).
    static func covers(_ domain: Host, _ host: Host) -> Bool {
        guard host != domain else { return true }
        let below = [UInt8(ascii: ".")] + domain.bytes
        return host.bytes.count > below.count && host.bytes.suffix(below.count).elementsEqual(below)
    }
}

extension Host {
    /// The domain without its first label; `nil` for a single one.
    fileprivate var parent: Host? {
        bytes.firstIndex(of: UInt8(ascii: ".")).flatMap { Host(parsing: bytes.span.extracting(($0 + 1)..<bytes.count)) }
    }
}

extension HostPattern {
    /// The host, or the domain in front of whose names the `*` stands.
    package var domain: Host {
        switch self {
        case .exact(let host), .wildcard(let host): host
        }
    }
}

extension CookieTable {
    /// Reports where the cookie would not reach: the portal, a host of an application, or nobody at all.
    func judge(portal: PortalTable, hosts: [Found<ApplicationHost>], suffixes: SuffixJudge?, log: ProblemLog) {
        judgeName(portal: portal, log: log)
        guard let domain else {
            judgeHostOnly(portal: portal, hosts: hosts, suffixes: suffixes, log: log)
            return
        }
        if !CookieReach.covers(domain.value, portal.host) {
            log.add(domain, "must cover the portal's host \(portal.host), is \"\(domain.value)\"")
            return
        }
        for host in hosts where !CookieReach.covers(domain.value, host.value.pattern.domain) {
            log.add(host, "\"\(host.value)\" is not under cookie.domain, which is \"\(domain.value)\"")
        }
        switch suffixes?(domain.value) {
        case .publicSuffix:
            let own = portal.host.ancestor(below: domain.value)
            log.add(
                domain,
                "is a public suffix, below which anybody can have a name: browsers drop a cookie for all of it, and nobody "
                    + "stays signed in; "
                    + (own.map { "take the part that is yours, like \"\($0)\"" } ?? "move the portal below it")
                    + ", is \"\(domain.value)\"")
        case .unknown(let reason):
            log.warn(
                domain.place, domain.key,
                "whether browsers drop a cookie for \"\(domain.value)\", as they do for public suffixes, was not checked: "
                    + reason)
        case .ordinary, nil: break
        }
    }

    /// Without a domain there is one host with a session: the portal's.
    private func judgeHostOnly(
        portal: PortalTable, hosts: [Found<ApplicationHost>], suffixes: SuffixJudge?, log: ProblemLog
    ) {
        guard let host = hosts.first(where: { $0.value.pattern != .exact(portal.host) }) else { return }
        let start =
            "\"\(host.value)\" is not the portal's host \(portal.host), so the session cookie does not reach it; "
        guard let shared = CookieReach.sharedDomain([portal.host, host.value.pattern.domain]) else {
            log.add(host, start + "and no cookie can reach both: \(CookieTable.elsewhere)")
            return
        }
        if suffixes?(shared) == .publicSuffix {
            log.add(
                host,
                start + "and no cookie can reach both, since all they share is the public suffix \"\(shared)\": "
                    + CookieTable.elsewhere)
            return
        }
        log.add(host, start + "set cookie.domain to a domain that covers both, like \"\(shared)\"")
    }

    private static let elsewhere =
        "give the portal a path of the application's host, or both a host under one domain of your own"
}

extension Host {
    /// Of the domains that cover this host, the one with one label more than `domain`; `nil` for the domain itself.
    fileprivate func ancestor(below domain: Host) -> Host? {
        var candidate: Host? = self
        while let host = candidate {
            if host.parent == domain { return host }
            candidate = host.parent
        }
        return nil
    }
}
