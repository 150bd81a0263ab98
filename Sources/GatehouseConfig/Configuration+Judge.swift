internal import GatehouseCore

extension Network {
    /// Whether some address is in both: then the smaller one lies in the other.
    fileprivate func overlaps(_ other: Network) -> Bool { contains(other.address) || other.contains(address) }
}

/// What no table can judge alone.
extension Configuration {
    /// Reports names and hosts that two applications claim.
    static func judgeNames(_ readings: [ApplicationTable.Reading], _ log: ProblemLog) {
        var names: [UTF8Text: Place] = [:]
        var hosts: [HostPattern: (application: Int, place: Place)] = [:]
        for (index, reading) in readings.enumerated() {
            if let name = reading.name {
                if let first = names[UTF8Text(name.value)] {
                    log.add(name, "must differ from all others, is \(name.seen)\(at(first))")
                } else {
                    names[UTF8Text(name.value)] = name.place
                }
            }
            for host in reading.hosts {
                let known = hosts[host.value.pattern]
                if let known, known.application != index {
                    log.add(host, "\"\(host.value)\" belongs to another application\(at(known.place))")
                } else if known == nil {
                    hosts[host.value.pattern] = (index, host.place)
                }
            }
        }
    }

    private static func at(_ place: Place) -> String { place.line.map { " (line \($0))" } ?? "" }

    /// Reports addresses that two listeners claim.
    static func judgeListeners(
        portal: PortalTable, check: CheckTable, admin: AdminTable, root: TOMLValue, _ log: ProblemLog
    ) {
        var owners: [ListenAddress: String] = [:]
        for (name, addresses) in [("check", check.listen), ("portal", portal.listen), ("admin", admin.listen)] {
            for address in addresses where !address.isChosenBySystem {
                if let owner = owners[address], owner != name {
                    let place = root.value(for: UTF8Text(name))?.value(for: "listen")?.place ?? .nowhere
                    log.add(place, "\(name).listen", "\(Shown.text("\(address)")) is taken by \(owner).listen")
                }
                owners[address] = owners[address] ?? name
            }
        }
        if check.trustedNetworks.isEmpty, check.listen.contains(where: { if case .tcp = $0 { true } else { false } }) {
            let place = root.value(for: "check")?.value(for: "trusted_proxies")?.place ?? .nowhere
            log.warn(place, "check.trusted_proxies", "trusts nobody, so every check over TCP is refused")
        }
    }

    /// Refuses a header that names people where browsers' own requests come in by the same way.
    static func judgeBackends(_ backends: [BackendTable], check: CheckTable, portal: PortalTable, _ log: ProblemLog) {
        for backend in backends {
            guard case .remoteHeader(let remote) = backend.kind, remote.setBy == nil else { continue }
            let danger =
                "so whoever sends \(remote.header) through it signs in as anybody; say what sets the header there and "
                + "takes it out of what browsers send: set_by = \"the gateway at 10.1.2.3\""
            // That nobody is to be trusted with every address has been said.
            let shared = remote.networks.first { network in
                !network.isEverything && check.trustedNetworks.contains { $0.overlaps(network) && !$0.isEverything }
            }
            if let network = shared {
                log.add(
                    remote.networksPlace, "backend.trusted_proxies",
                    "browsers' requests come through \(network) as well (check.trusted_proxies), \(danger)")
            } else if let socket = portal.listen.first(where: { if case .unix = $0 { true } else { false } }) {
                log.add(
                    remote.networksPlace, "backend.trusted_proxies",
                    "browsers' requests come through \(Shown.text("\(socket)")) (portal.listen), and whoever is at a Unix "
                        + "socket is trusted, \(danger)")
            }
        }
    }

    /// Warns of sites to which the session never comes, so that signing in leads to signing in.
    static func judgeSchemes(
        _ portal: PortalTable, _ readings: [ApplicationTable.Reading], _ log: ProblemLog
    ) {
        for reading in readings {
            guard let application = reading.table?.application, application.scheme != portal.origin.scheme else {
                continue
            }
            let name = Shown.text(application.name.description)
            log.warn(
                reading.schemePlace, "application.scheme",
                portal.isSecure
                    ? "is \"http\", and browsers send the session's cookie over https only, since portal.url is on https: "
                        + "whoever signs in to \(name) is asked to sign in again, and again; write scheme = \"https\", "
                        + "which is what the browser's address starts with"
                    : "is \"https\", and portal.url is on http: browsers are sent to an https address of \(name), where on this "
                        + "machine probably nobody listens; write scheme = \"http\"")
        }
    }

    /// Warns of a portal that hides an application of the same origin.
    static func judgePortal(
        _ portal: PortalTable, applications: [ApplicationTable], root: TOMLValue, _ log: ProblemLog
    ) {
        guard portal.prefix.isEmpty else { return }
        for table in applications {
            let scheme = table.application.scheme
            let isSame = table.application.hosts.contains { host in
                let port = host.port == scheme.defaultPort ? nil : host.port
                return scheme == portal.origin.scheme && host.pattern == .exact(portal.host)
                    && port == portal.origin.authority.port
            }
            guard isSame else { continue }
            let place = root.value(for: "portal")?.value(for: "url")?.place ?? .nowhere
            log.warn(
                place, "portal.url",
                "has the whole host of application \(Shown.text(table.application.name.description)); "
                    + "give the portal a path such as \"\(portal.origin)/_gatehouse\"")
        }
    }
}
