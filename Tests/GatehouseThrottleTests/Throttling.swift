import GatehouseCore
import GatehouseCrypto
import GatehouseDatabase
import GatehouseTestSupport
import GatehouseThrottle

/// A throttle in memory, with a clock that the test moves.
struct Throttling {
    let clock = ManualClock()
    let store: MemoryRecordStore
    let throttle: Throttle

    init(_ limits: ThrottleLimits = ThrottleLimits(), patience: Duration = .seconds(20)) throws {
        let clock = clock
        store = MemoryRecordStore(clock: { clock.now })
        throttle = try Throttling.throttle(on: store, limits, patience: patience)
    }

    static func throttle(
        on store: any ThrottleStore, _ limits: ThrottleLimits = ThrottleLimits(), patience: Duration = .seconds(20)
    ) throws -> Throttle {
        Throttle(
            store: store, lookup: try LookupKey(Array(repeating: 7, count: 32)),
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: Array(repeating: 9, count: 32))]), prefix: "gh:",
            limits: limits, patience: patience, names: .django)
    }

    static func client(_ text: String) -> ClientAddress { IPAddress(text).map(ClientAddress.known) ?? .unknown }

    /// `nil` if the attempt was admitted.
    func tryOnce(
        _ name: UTF8Text, from client: String = "192.0.2.1", device: Octets16? = nil
    ) async throws -> Throttle.Scope? {
        switch try await throttle.admit(name, from: Throttling.client(client), device: device, now: clock.now) {
        case .admitted: nil
        case .wait(_, let scope): scope
        }
    }

    /// How many of so many attempts are admitted within a window, each made as soon as it is possible.
    func admitted(_ name: UTF8Text, from client: (Int) -> String, attempts: Int) async throws -> Int {
        var count = 0
        for index in 0..<attempts {
            if try await tryOnce(name, from: client(index)) == nil { count += 1 }
            clock.advance(by: .milliseconds(500))
        }
        return count
    }
}
