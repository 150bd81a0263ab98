package import GatehouseCore

/// The text of a configuration that does not exist yet.
package struct NewConfiguration: Sendable {
    package let text: String
    /// What could not be found out about it, a sentence each.
    package let doubts: [String]

    /// What is wrong with what was asked for, with the option that says it.
    package struct Problem: Error, Equatable, CustomStringConvertible {
        package let description: String
    }

    /// - Parameters:
    ///   - portal: where people sign in.
    ///   - hosts: those to protect; without any, the portal's own.
    ///   - store: where sessions are kept.
    ///   - suffixes: whether browsers keep cookies for a domain.
    /// - Throws: `Problem` if there can be no such configuration.
    package init(portal: String, hosts: [String], store: String, suffixes: @Sendable (Host) -> SuffixVerdict)
        throws(Problem)
    {
        var doubts: [String] = []
        let bytes = Array(portal.utf8)
        guard let (scheme, start) = Origin.splitScheme(bytes.span) else {
            throw Problem(description: "--portal \(portal): must be an address such as https://auth.example.com")
        }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        guard let authority = Authority(parsing: bytes.span.extracting(start..<end)) else {
            throw Problem(description: "--portal \(portal): names no usable host\(HostAdvice.about(url: portal))")
        }
        let hosts = hosts.isEmpty ? [authority.description] : hosts
        for host in hosts where ApplicationHost(host) == nil {
            throw Problem(description: "--host \(host): is no host name\(HostAdvice.about(host: host))")
        }
        for value in hosts + [portal, store] where value.utf8.contains(where: { $0 == 0x22 || $0 == 0x5C || $0 < 0x20 })
        {
            throw Problem(description: "\(value): holds a character that no address has")
        }
        let domain = try NewConfiguration.sharedDomain(
            authority.host, hosts.compactMap { ApplicationHost($0)?.pattern }, suffixes, &doubts)
        text = """
            # Gatehouse. Every key is explained in config.example.toml; `gatehouse check` tells what is wrong.
            [portal]
            url = "\(portal)"
            \(domain.map { "\n[cookie]\ndomain = \"\($0)\"   # the portal and all hosts below lie under it\n" } ?? "")
            [keys]
            lookup = "file:keys/lookup"
            seal = "file:keys/seal"

            [sessions]
            store = "\(store)"

            [[application]]
            name = "app"
            hosts = [\(hosts.map { "\"\($0)\"" }.joined(separator: ", "))]
            \(scheme == .http ? "scheme = \"http\"\n" : "")
              # The first rule that matches decides. Pages for everybody would be opened here, like this:
              #
              # [[application.rule]]
              # paths = ["/public/**"]
              # allow = ["anyone"]

              [[application.rule]]
              allow = ["signed-in"]

            """
        self.doubts = doubts
    }

    /// The domain of the cookie: the longest one that covers the portal and every host; `nil` if one host is all there is.
    ///
    /// - Throws: `Problem` if browsers would keep no cookie for it: then people would sign in again and again.
    private static func sharedDomain(
        _ portal: Host, _ patterns: [HostPattern], _ suffixes: SuffixJudge, _ doubts: inout [String]
    ) throws(Problem) -> Host? {
        guard patterns.contains(where: { $0 != .exact(portal) }) else { return nil }
        let names = patterns.map(\.description).joined(separator: ", ")
        let advice =
            "give the portal a path of the application's host, or all of them hosts under one domain of your own"
        guard let shared = CookieReach.sharedDomain([portal] + patterns.map(\.domain)) else {
            throw Problem(description: "--host: no cookie can be shared by \(portal) and \(names): \(advice)")
        }
        switch suffixes(shared) {
        case .publicSuffix:
            throw Problem(
                description:
                    "--host: \(portal) and \(names) share nothing but \(shared), a public suffix, for which browsers keep no "
                    + "cookie: \(advice)")
        case .unknown(let reason):
            doubts.append("whether browsers keep a cookie for \(shared) was not checked: \(reason)")
        case .ordinary: break
        }
        return shared
    }

    /// The one that `serve` makes for itself, which works on this machine only.
    package static let standalone = """
        # Made by `gatehouse serve`, which found no configuration. Every key is explained in config.example.toml.
        # Every gatehouse command of this user finds it here, as long as there is no other configuration.
        [portal]
        url = "http://localhost:9181"

        [keys]
        lookup = "file:keys/lookup"
        seal = "file:keys/seal"

        [sessions]
        store = "sqlite:gatehouse.db"

        [log]
        format = "text"

        # What is to be protected, like this; `gatehouse render nginx` then prints the proxy's side:
        #
        # [[application]]
        # name = "app"
        # hosts = ["localhost"]
        # scheme = "http"
        #
        #   [[application.rule]]
        #   allow = ["signed-in"]

        """
}
