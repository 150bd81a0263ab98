internal import GatehouseCore

/// Where somebody goes on to, and what a link has to carry so that the next page knows it, too.
struct Destination: Hashable, Sendable {
    let address: ReturnAddress
    /// What the address is kept behind, if it came that way because it is long.
    let key: SecretToken?

    init(_ address: ReturnAddress, key: SecretToken? = nil) {
        self.address = address
        self.key = key
    }
}
