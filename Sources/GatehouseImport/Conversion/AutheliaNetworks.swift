internal import GatehouseCore

/// The names that a file of Authelia's gives to networks.
struct AutheliaNetworks {
    private var named: [String: YAMLNode] = [:]

    /// Why networks have no equal.
    struct Unknown: Error {
        let reason: String
    }

    /// Takes the whole file; the names are in `definitions.network`, in those of long ago in `access_control.networks`.
    init(_ root: YAMLNode) {
        for (name, _) in root["definitions", "network"]?.keys ?? [] {
            named[name] = root["definitions", "network"]?[name]
        }
        for item in root["access_control", "networks"]?.items ?? [] {
            if let name = item["name"]?.text, named[name] == nil { named[name] = item["networks"] }
        }
    }

    /// What the `networks` of a rule stand for.
    func networks(_ node: YAMLNode) throws(Unknown) -> [Network] {
        var networks: [Network] = []
        for text in try texts(node) {
            if let definition = named[text] {
                for text in try texts(definition) { networks.append(try network(text)) }
            } else {
                networks.append(try network(text))
            }
        }
        return networks
    }

    private func texts(_ node: YAMLNode) throws(Unknown) -> [String] {
        let texts = node.texts
        guard !texts.isEmpty, texts.count == (node.text == nil ? node.items.count : 1) else {
            throw Unknown(reason: "its networks are no list of texts")
        }
        return texts
    }

    private func network(_ text: String) throws(Unknown) -> Network {
        guard let network = Network(text) else {
            throw Unknown(
                reason:
                    "its network \(Shown.text(text)) is neither a known name nor like 10.0.0.0/8, without bits beyond the prefix"
            )
        }
        guard !network.hasAllOfIPv4 else {
            throw Unknown(
                reason: "its network \(Shown.text(text)) would have every IPv4 address in it here, and had none there")
        }
        return network
    }
}
