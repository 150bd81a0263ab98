internal import GatehouseCore

extension Network {
    /// Whether every address of a family is in it, which nobody may be trusted for.
    var isEverything: Bool { address.isV4 ? prefixLength == 96 : hasAllOfIPv4 }
}

extension TableReader {
    /// A list of networks: `"loopback"`, addresses, or addresses with a prefix length; `nil` if the key is missing.
    ///
    /// Every address may be named only where nobody is trusted for it.
    func networks(_ name: String, areTrusted: Bool = true) -> [Network]? {
        guard let texts = strings(name) else { return nil }
        var networks: [Network] = []
        for text in texts {
            if text.value.utf8.elementsEqual("loopback".utf8) {
                networks += Network.loopback
            } else if let network = Network(text.value) {
                if areTrusted, network.isEverything {
                    log.add(
                        text, "must not trust every address: whoever is trusted can name any visitor, is \(text.seen)")
                }
                if !areTrusted, network.hasAllOfIPv4 {
                    log.add(
                        text,
                        "holds all of IPv4, too, whose addresses are a part of IPv6; write \"2000::/3\", and \"0.0.0.0/0\" for IPv4, "
                            + "is \(text.seen)")
                }
                networks.append(network)
            } else {
                let forms = "\"loopback\", \"10.0.0.7\" or \"10.0.0.0/8\" (no bits beyond the prefix)"
                log.add(text, "must be \(forms), is \(text.seen)")
            }
        }
        return networks
    }
}
