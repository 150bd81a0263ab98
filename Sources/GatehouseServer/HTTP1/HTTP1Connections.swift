internal import GatehouseCore
private import Synchronization

/// The open connections of one event loop, and its coarse clock.
final class CheckConnections<Reader: RecordReader> {
    private var handlers: [ObjectIdentifier: CheckHandler<Reader>] = [:]
    private let engine: CheckEngine<Reader>
    private let clock: () -> Timestamp
    /// The most connections of trusted peers.
    let limit: Int
    /// How many connections of trusted peers were accepted.
    private var trusted = 0
    private var strangers = 0
    /// Connections beyond the limit that hear why.
    private var farewells: Set<ObjectIdentifier> = []
    /// Seconds since the start; cheap to read on every request.
    private(set) var tick: UInt32 = 0

    /// Longer than any proxy keeps an idle connection, so that the proxy closes first and no check meets a closing one.
    static var idleSeconds: Int { 65 * 60 }

    /// The most connections of peers that are not trusted; they are only there to be refused.
    private let maxStrangers: Int
    /// How many that found no room hear why at a time.
    private let maxFarewells: Int

    /// What all loops together have for both.
    static var strangersOfAll: Int { 64 }
    static var farewellsOfAll: Int { 32 }

    init(engine: CheckEngine<Reader>, limit: Int, loops: Int, clock: @escaping () -> Timestamp) {
        maxStrangers = max(CheckConnections.strangersOfAll / max(loops, 1), 2)
        maxFarewells = max(CheckConnections.farewellsOfAll / max(loops, 1), 1)
        self.engine = engine
        self.limit = limit
        self.clock = clock
    }

    var count: Int { handlers.count }
    var now: Timestamp { clock() }

    /// Counts a second and closes the connections that are too slow; called once a second.
    func sweep() {
        tick &+= 1
        for handler in handlers.values { handler.sweep(tick: tick) }
        engine.sweep()
    }

    func add(_ handler: CheckHandler<Reader>) {
        handlers[ObjectIdentifier(handler)] = handler
        engine.metrics.connections.increment()
        engine.metrics.openConnections.increment()
    }

    /// Whether there is room for a handler whose peer is known by now; called once for each.
    func admit(_ handler: CheckHandler<Reader>) -> Bool {
        guard handler.isTrusted else {
            guard strangers < maxStrangers else { return false }
            strangers += 1
            return true
        }
        guard trusted < limit else { return false }
        trusted += 1
        return true
    }

    /// Whether a connection that found no room hears why; beyond some it is closed at once.
    func beginFarewell(_ handler: CheckHandler<Reader>) -> Bool {
        guard farewells.count < maxFarewells else { return false }
        farewells.insert(ObjectIdentifier(handler))
        return true
    }

    func remove(_ handler: CheckHandler<Reader>) {
        farewells.remove(ObjectIdentifier(handler))
        guard handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil else { return }
        engine.metrics.openConnections.increment(by: -1)
        if handler.isAccepted { if handler.isTrusted { trusted -= 1 } else { strangers -= 1 } }
        let connections = engine.metrics.connections.load(ordering: .relaxed)
        if connections >= 1_000, engine.metrics.checks < connections * 3 / 2 { engine.log.connectionPerCheck(now) }
    }

    /// Closes everything: the daemon stops.
    func closeAll() {
        for handler in handlers.values { handler.stop() }
    }
}
