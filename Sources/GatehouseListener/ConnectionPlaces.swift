internal import GatehouseCore
internal import NIOCore

/// How many connections an HTTP listener has room for, and for whom.
package struct PlaceLimits: Sendable {
    /// All together.
    package let total: Int
    /// Of peers that are no trusted proxies, together.
    package let strangers: Int
    /// Of one stranger's address.
    package let perStranger: Int

    /// Strangers have a quarter of the places, and one of them an eighth of that.
    package init(total: Int) {
        self.total = max(total, 8)
        strangers = max(self.total / 4, 4)
        perStranger = max(strangers / 8, 2)
    }

    /// One trusted peer never has all places: another proxy, or the operator, still gets in.
    var perTrusted: Int { max(total - strangers - total / 8, 1) }
}

/// The connections of one listener on one event loop: who is admitted, and who goes when there is no room.
///
/// When a share is used up, the connection of that share that has been idle for longest is closed for the new one; if none is
/// idle, the new one is turned away.
final class ConnectionPlaces {
    /// Whose share a connection counts in.
    enum Peer: Hashable {
        case trusted(IPAddress?)
        case stranger(IPAddress?)

        var isStranger: Bool { if case .stranger = self { true } else { false } }
    }

    private struct Place {
        let peer: Peer
        let close: () -> Void
        let quiesce: () -> Void
        /// Since when no request is under way; `nil` while one is.
        var idleSince: NIODeadline?
    }

    private let limits: PlaceLimits
    private var places: [ObjectIdentifier: Place] = [:]
    private var counts: [Peer: Int] = [:]
    private var strangers = 0
    /// Connections that hear why they are turned away.
    private var farewells = 0
    private let onTurnedAway: () -> Void

    /// How many may hear it at a time; the others are closed at once.
    private var maxFarewells: Int { min(max(limits.total / 4, 4), 64) }

    init(limits: PlaceLimits, onTurnedAway: @escaping () -> Void) {
        self.limits = limits
        self.onTurnedAway = onTurnedAway
    }

    var count: Int { places.count }

    /// Takes a connection in, if there is room or room can be made.
    ///
    /// - Parameters:
    ///   - id: the connection.
    ///   - peer: who is at its other end.
    ///   - now: the moment.
    ///   - close: closes it for another one.
    ///   - quiesce: closes it when what is under way is answered.
    /// - Returns: whether it is in.
    func admit(
        _ id: ObjectIdentifier, _ peer: Peer, now: NIODeadline, close: @escaping () -> Void,
        quiesce: @escaping () -> Void
    ) -> Bool {
        let share = peer.isStranger ? limits.perStranger : limits.perTrusted
        if counts[peer, default: 0] >= share, !closeIdle(where: { $0 == peer }) { return false }
        if peer.isStranger, strangers >= limits.strangers, !closeIdle(where: \.isStranger) { return false }
        if places.count >= limits.total, !closeIdle(where: { _ in true }) { return false }
        places[id] = Place(peer: peer, close: close, quiesce: quiesce, idleSince: now)
        counts[peer, default: 0] += 1
        if peer.isStranger { strangers += 1 }
        return true
    }

    /// A request began.
    func begin(_ id: ObjectIdentifier) { places[id]?.idleSince = nil }

    /// An answer is on its way as a whole.
    func rest(_ id: ObjectIdentifier, now: NIODeadline) { places[id]?.idleSince = now }

    func remove(_ id: ObjectIdentifier) {
        guard let place = places.removeValue(forKey: id) else { return }
        if place.peer.isStranger { strangers -= 1 }
        let left = counts[place.peer, default: 1] - 1
        counts[place.peer] = left > 0 ? left : nil
    }

    /// Closes up to `number` connections that have been idle for longest.
    func closeIdle(_ number: Int) {
        for _ in 0..<number where !closeIdle(where: { _ in true }) { return }
    }

    /// Lets every connection end with its present answer: the daemon stops.
    func quiesceAll() {
        for place in Array(places.values) { place.quiesce() }
    }

    /// Closes every connection, whatever is under way.
    func closeAll() {
        for place in Array(places.values) { place.close() }
    }

    /// Whether a connection that is turned away hears why.
    func beginFarewell() -> Bool {
        onTurnedAway()
        guard farewells < maxFarewells else { return false }
        farewells += 1
        return true
    }

    func endFarewell() { farewells -= 1 }

    private func closeIdle(where isEligible: (Peer) -> Bool) -> Bool {
        var oldest: (id: ObjectIdentifier, place: Place, since: NIODeadline)?
        for (id, place) in places where isEligible(place.peer) {
            guard let since = place.idleSince, oldest.map({ since < $0.since }) ?? true else { continue }
            oldest = (id, place, since)
        }
        guard let oldest else { return false }
        remove(oldest.id)
        oldest.place.close()
        return true
    }
}
