internal import GatehouseCore

/// In which order Sentinels are asked: who answered last is asked first, who did not comes last.
struct SentinelOrder {
    private(set) var addresses: [ServerAddress]

    init(_ addresses: [ServerAddress]) { self.addresses = addresses }

    mutating func answered(_ address: ServerAddress) {
        guard let index = addresses.firstIndex(of: address) else { return }
        addresses.insert(addresses.remove(at: index), at: 0)
    }

    mutating func failed(_ address: ServerAddress) {
        guard let index = addresses.firstIndex(of: address) else { return }
        addresses.append(addresses.remove(at: index))
    }
}
