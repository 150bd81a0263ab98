/// Several networks, in which an address is found by halves.
package struct NetworkSet: Hashable, Sendable, CustomStringConvertible {
    /// In the order of their addresses; none lies in another one.
    private let networks: [Network]

    package static let none = NetworkSet([])

    package init(_ networks: [Network]) {
        var kept: [Network] = []
        // The larger one of those that begin with the same address comes first, and has the others in it.
        for network in networks.sorted(by: NetworkSet.isBefore) {
            if let last = kept.last, last.contains(network.address) { continue }
            kept.append(network)
        }
        self.networks = kept
    }

    package var isEmpty: Bool { networks.isEmpty }

    /// Whether the address is in one of them.
    package func contains(_ address: IPAddress) -> Bool {
        var (low, high) = (0, networks.count)
        while low < high {
            let middle = low + (high - low) / 2
            let start = networks[middle].address
            if (start.high, start.low) <= (address.high, address.low) { low = middle + 1 } else { high = middle }
        }
        return low > 0 && networks[low - 1].contains(address)
    }

    private static func isBefore(_ one: Network, _ other: Network) -> Bool {
        (one.address.high, one.address.low, one.prefixLength)
            < (other.address.high, other.address.low, other.prefixLength)
    }

    package var description: String { texts.joined(separator: ", ") }

    package var texts: [String] { networks.map(\.description) }
}
