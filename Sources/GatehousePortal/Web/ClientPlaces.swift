internal import GatehouseCore
internal import GatehouseThrottle
internal import Synchronization

/// How many forms of one client are under way: a proxy that passes bodies on as they come would otherwise let one client hold
/// every place of the portal with forms that never end.
///
/// One for all addresses of the portal; any thread.
final class ClientPlaces: Sendable {
    private let counts = Mutex<[AddressBlock: Int]>([:])
    private let most: Int

    /// - Parameter most: of one address, or one block of IPv6 addresses.
    init(most: Int = 64) { self.most = most }

    /// Does the work for a client, unless too much is under way for it.
    ///
    /// Clients whose address nobody knows are not told apart, and therefore not limited here.
    ///
    /// - Parameters:
    ///   - client: whose work it is.
    ///   - work: what is done.
    /// - Returns: what the work returns; `nil` if it was not done.
    func with<Result: Sendable>(_ client: ClientAddress, _ work: () async -> Result) async -> Result? {
        guard case .known = client else { return await work() }
        let block = AddressBlock(siteOf: client) ?? AddressBlock(client)
        let isFree = counts.withLock { counts in
            guard counts[block, default: 0] < most else { return false }
            counts[block, default: 0] += 1
            return true
        }
        guard isFree else { return nil }
        defer {
            counts.withLock { counts in
                let left = counts[block, default: 1] - 1
                counts[block] = left > 0 ? left : nil
            }
        }
        return await work()
    }
}
