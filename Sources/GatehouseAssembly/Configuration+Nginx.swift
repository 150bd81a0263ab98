package import GatehouseConfig
internal import GatehouseContracts
internal import GatehouseCore
package import GatehouseRender
package import GatehouseTerminal

extension Configuration {
    /// The pieces of an nginx configuration for this set-up; `servers` are how nginx reaches the listeners, where that is not by
    /// their first address.
    package func nginx(
        pinning application: String?, portal: NginxPortal, servers: (check: [String], portal: [String]),
        obeysAccelRedirect: Bool
    ) throws(Failure) -> NginxConfiguration {
        if let application, !applications.contains(where: { $0.application.name == ApplicationName(application) }) {
            let names = applications.map(\.application.name.description).joined(separator: ", ")
            throw .usage("--application \(application): there is no such application; there are: \(names)")
        }
        guard let check = check.listen.first, let portalAddress = self.portal.listen.first else {
            throw .usage("check.listen and portal.listen must name an address each")
        }
        // What an application reads depends on the application alone: nobody but Gatehouse writes either preset.
        let told = Configuration.distinct(applications.flatMap(\.headers.names))
        let all = Configuration.distinct(told + IdentityHeaders.presetNames)
        return NginxConfiguration(
            check: NginxUpstream(servers.check.isEmpty ? [check.description] : servers.check),
            portalUpstream: NginxUpstream(servers.portal.isEmpty ? [portalAddress.description] : servers.portal),
            portal: portal,
            identityHeaders: told, otherHeaders: all.filter { !told.contains($0) },
            trustedHeaders: Configuration.distinct(remoteHeaders),
            cookies: cookie.allNames.map(\.description), pinned: application,
            obeysAccelRedirect: obeysAccelRedirect)
    }

    /// Where nginx serves the portal: options about its server are for a portal with a host of its own.
    package func nginxPortal(
        listen: [String], certificate: (certificate: String, key: String)?
    ) throws(Failure) -> NginxPortal {
        guard portal.prefix.isEmpty else {
            guard listen.isEmpty, certificate == nil else {
                throw .usage(
                    "--listen, --certificate and --key are for a portal with a host of its own; portal.url is "
                        + "\(portal.url), which the application's own server serves")
            }
            return NginxPortal(path: portal.prefix, host: "", listen: [], certificate: nil)
        }
        let isSecure = portal.origin.scheme == .https
        let port = portal.origin.authority.port ?? (isSecure ? 443 : 80)
        return NginxPortal(
            path: "", host: portal.host.description,
            listen: listen.isEmpty ? ["\(port)\(isSecure ? " ssl" : "")"] : listen, certificate: certificate)
    }

    /// The headers of backends that believe whoever stands in front of the portal.
    private var remoteHeaders: [String] {
        backends.compactMap { if case .remoteHeader(let table) = $0.kind { table.header } else { nil } }
    }

    /// Each name once: letter case makes no difference.
    private static func distinct(_ names: [String]) -> [String] {
        var seen: Set<String> = []
        return names.filter { seen.insert($0.lowercased()).inserted }
    }
}
