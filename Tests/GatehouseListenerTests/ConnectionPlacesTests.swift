import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseListener

@Suite("The places of connections")
struct ConnectionPlacesTests {
    /// Connections of a test, which note what became of them.
    private final class Rig {
        final class Connection {
            var isClosed = false
            var id: ObjectIdentifier { ObjectIdentifier(self) }
        }

        let places: ConnectionPlaces
        private var kept: [Connection] = []
        var now = NIODeadline.uptimeNanoseconds(1)

        init(total: Int) { places = ConnectionPlaces(limits: PlaceLimits(total: total), onTurnedAway: {}) }

        func open(_ peer: ConnectionPlaces.Peer) -> Connection? {
            now = now + .seconds(1)
            let connection = Connection()
            kept.append(connection)
            let isAdmitted = places.admit(
                connection.id, peer, now: now, close: { connection.isClosed = true }, quiesce: {})
            return isAdmitted ? connection : nil
        }
    }

    private let proxy = ConnectionPlaces.Peer.trusted(IPAddress("127.0.0.1"))
    private func stranger(_ number: Int) -> ConnectionPlaces.Peer { .stranger(IPAddress("192.0.2.\(number)")) }

    @Test("are limited; the connection that has been idle for longest makes room")
    func idleFirst() throws {
        let rig = Rig(total: 64)
        let all = try (0..<rig.places.perTrustedForTests).map { _ in try #require(rig.open(proxy)) }
        for connection in all.dropFirst(2) { rig.places.begin(connection.id) }
        #expect(rig.open(proxy) != nil)
        #expect(all[0].isClosed && !all[1].isClosed)
        rig.places.rest(all[2].id, now: rig.now)
        #expect(rig.open(proxy) != nil)
        #expect(all[1].isClosed && !all[2].isClosed)
    }

    @Test("are refused when every one is in use")
    func allBusy() throws {
        let rig = Rig(total: 64)
        let all = try (0..<rig.places.perTrustedForTests).map { _ in try #require(rig.open(proxy)) }
        for connection in all { rig.places.begin(connection.id) }
        #expect(rig.open(proxy) == nil)
        #expect(!all.contains { $0.isClosed })
        rig.places.remove(all[3].id)
        #expect(rig.open(proxy) != nil)
    }

    @Test("are never all one peer's, whether it is trusted or not")
    func shares() throws {
        let rig = Rig(total: 64)
        var mine: [Rig.Connection] = []
        for _ in 0..<1_000 {
            if let connection = rig.open(stranger(1)) {
                rig.places.begin(connection.id)
                mine.append(connection)
            }
        }
        #expect(mine.count == 2)
        for number in 2..<200 { if let other = rig.open(stranger(number)) { rig.places.begin(other.id) } }
        #expect(rig.places.count == 16, "a quarter for strangers")
        for _ in 0..<1_000 { if let own = rig.open(proxy) { rig.places.begin(own.id) } }
        #expect(rig.places.count == 16 + 40)
        #expect(rig.open(.trusted(IPAddress("127.0.0.2"))) != nil, "another proxy")
    }

    @Test("are free again when a connection ends, also one that was closed for another")
    func removal() throws {
        let rig = Rig(total: 64)
        for _ in 0..<10_000 { _ = rig.open(stranger(1)) }
        #expect(rig.places.count == 2)
        for number in 2..<255 {
            let connection = try #require(rig.open(stranger(number)))
            rig.places.remove(connection.id)
            rig.places.remove(connection.id)
        }
        #expect(rig.places.count == 2)
    }
}

extension ConnectionPlaces {
    fileprivate var perTrustedForTests: Int { PlaceLimits(total: 64).perTrusted }
}
