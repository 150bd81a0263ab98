internal import GatehouseCore

/// Which addresses of a provider may be asked: https, without user information or fragment, on a host that was named.
struct EndpointRule: Sendable {
    private let provider: Provider
    private let issuer: EndpointAddress?
    private let hosts: Set<String>

    init(_ provider: Provider) {
        self.provider = provider
        issuer = EndpointAddress(provider.issuer)
        hosts = Set(
            provider.network.hosts.union(provider.facts.hosts).map {
                String(decoding: $0.utf8.map(ASCII.lowercased), as: UTF8.self)
            })
    }

    /// What is wrong with an address, which is called `member` where it stands; `nil` if it may be asked.
    func finding(of text: String, as member: String) -> ProviderFinding? {
        let shown = SafeText.quoted(text, limit: .octets(400))
        guard let address = EndpointAddress(text) else {
            return ProviderFinding(
                .endpoint, "\(member) is \(shown), which is no address without user information and fragment",
                remedy: "have the provider's settings changed")
        }
        if address.scheme == .http {
            guard address.isLoopback, issuer?.isLoopback == true, issuer?.scheme == .http else {
                return ProviderFinding(
                    .endpoint, "\(member) is \(shown), which is not https",
                    remedy:
                        "let the provider know its address as https: often it has to trust its proxy's X-Forwarded-Proto"
                )
            }
        }
        guard address.host == issuer?.host || hosts.contains(address.host) else {
            return ProviderFinding(
                .host,
                "\(member) is \(shown), on a host that is neither the issuer's nor in hosts",
                remedy:
                    "add hosts = [\"\(SafeText.shown(address.host))\"] to [[provider]] \"\(provider.name)\" if it belongs to the provider"
            )
        }
        return nil
    }
}
