package import GatehouseCore

/// Where browsers may be sent.
extension Configuration {
    /// Whether a browser may be sent to an origin after signing in or out: the portal's own, or an application's.
    package func allowsReturn(to origin: Origin) -> Bool {
        Configuration.allowsReturn(to: origin, portal: portal, applications: applications)
    }

    /// Whether a host is one of an application, whatever the scheme and port.
    package func protects(_ host: Host) -> Bool {
        applications.contains { $0.application.hosts.contains { $0.pattern.matches(host) } }
    }

    private static func allowsReturn(to origin: Origin, portal: PortalTable, applications: [ApplicationTable]) -> Bool {
        if origin == portal.origin { return true }
        return applications.contains { table in
            let scheme = table.application.scheme
            return scheme == origin.scheme
                && table.application.hosts.contains { host in
                    let port = host.port == scheme.defaultPort ? nil : host.port
                    return port == origin.authority.port && host.pattern.matches(origin.authority.host)
                }
        }
    }

    /// The start page: the address of `portal.home`, else that of the first application's first host that is no wildcard.
    static func home(
        _ text: Found<String>?, portal: PortalTable, applications: [ApplicationTable], _ log: ProblemLog
    ) -> ReturnAddress? {
        guard let text else { return applications.first?.application.home }
        let address = ReturnAddress(parsing: Array(text.value.utf8).span) { origin in
            allowsReturn(to: origin, portal: portal, applications: applications)
        }
        guard let address, let origin = address.origin else {
            let places = applications.flatMap { table in table.application.hosts.map { (table.application.scheme, $0) }
            }
            .map { "\($0.rawValue)://\($1)" }
            log.add(
                text,
                "must be an address at the portal or an application, which are "
                    + "\(([portal.origin.description] + places).joined(separator: ", ")), is \(text.seen)"
                    + HostAdvice.about(url: text.value))
            return nil
        }
        let signIn = "\(portal.prefix)/login"
        guard
            origin != portal.origin
                || !address.text.utf8.dropFirst(origin.description.utf8.count).starts(with: signIn.utf8)
        else {
            log.add(text, "must not be the sign-in page, from which people would come back to it, is \(text.seen)")
            return nil
        }
        return address
    }
}

extension Application {
    /// The start page of the first host that is no wildcard.
    var home: ReturnAddress? {
        for host in hosts {
            guard case .exact(let name) = host.pattern else { continue }
            return ReturnAddress(home: Origin(scheme: scheme, authority: Authority(host: name, port: host.port)))
        }
        return nil
    }
}
