internal import GatehouseCore
internal import GatehouseListener
internal import NIOCore
private import Synchronization

/// The open connections of one event loop, and its coarse clock.
final class HTTP1Connections<Reader: RecordReader> {
    private var handlers: [ObjectIdentifier: HTTP1Handler<Reader>] = [:]
    private let responder: CheckResponder<Reader>
    private let clock: () -> Timestamp
    let stop: StopNotice
    /// Completed when the last connection is closed.
    private var emptied: EventLoopPromise<Void>?
    /// The most connections of trusted peers.
    private let limit: Int
    /// How many places of each kind are taken.
    private var taken = Taken()
    /// Seconds since the start; cheap to read on every request.
    private(set) var tick: UInt32 = 0
    /// The most connections of peers that are not trusted: few places of their own, so that they can neither take the proxies'
    /// nor all descriptors.
    private let maxStrangers: Int
    /// How many that found no room hear why at a time, at once: who waits for a request to refuse keeps a descriptor as long as
    /// the peer likes.
    private let maxFarewells: Int

    private struct Taken {
        var proxies = 0
        var strangers = 0
        var farewells = 0
    }

    /// What all loops together have for both.
    static var strangersOfAll: Int { 64 }
    static var farewellsOfAll: Int { 32 }

    init(
        responder: CheckResponder<Reader>, limit: Int, loops: Int, stop: StopNotice, clock: @escaping () -> Timestamp
    ) {
        maxStrangers = max(HTTP1Connections.strangersOfAll / max(loops, 1), 2)
        maxFarewells = max(HTTP1Connections.farewellsOfAll / max(loops, 1), 1)
        self.responder = responder
        self.limit = limit
        self.stop = stop
        self.clock = clock
    }

    var count: Int { handlers.count }
    /// Whether every answer is the last one of its connection.
    var isStopping: Bool { stop.isGiven }
    var now: Timestamp { clock() }
    private var metrics: CheckMetrics { responder.engine.metrics }

    /// Counts a second and closes the connections that are too slow; called once a second.
    func sweep() {
        tick &+= 1
        for handler in handlers.values { handler.sweep(tick: tick) }
        responder.engine.sweep()
    }

    func add(_ handler: HTTP1Handler<Reader>) {
        handlers[ObjectIdentifier(handler)] = handler
        metrics.connections.incrementOwn()
        metrics.openConnections.incrementOwn()
    }

    /// Finds a place for a connection whose peer is known by now; called once for each.
    func admit(isTrusted: Bool) -> HTTP1Place {
        guard isTrusted else {
            guard taken.strangers < maxStrangers else { return .nowhere }
            taken.strangers += 1
            return .stranger
        }
        if taken.proxies < limit {
            taken.proxies += 1
            return .proxy
        }
        guard taken.farewells < maxFarewells else { return .nowhere }
        taken.farewells += 1
        return .farewell
    }

    func remove(_ handler: HTTP1Handler<Reader>) {
        guard handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil else { return }
        metrics.openConnections.incrementOwn(by: -1)
        switch handler.place {
        case .proxy?: taken.proxies -= 1
        case .stranger?: taken.strangers -= 1
        case .farewell?: taken.farewells -= 1
        case .nowhere?, nil: break
        }
        let connections = metrics.connections.current
        if connections >= 1_000, metrics.checks < connections * 3 / 2 { responder.log.connectionPerCheck(now) }
        if handlers.isEmpty { succeedEmptied() }
    }

    // MARK: - The end

    /// Ends what is idle at once, and what is under way with its answer.
    ///
    /// - Parameter emptied: completed when no connection is left.
    func leave(_ emptied: EventLoopPromise<Void>) {
        self.emptied = emptied
        for handler in Array(handlers.values) { handler.leave() }
        if handlers.isEmpty { succeedEmptied() }
    }

    /// Closes everything, whatever is under way.
    func closeAll() {
        for handler in Array(handlers.values) { handler.stop() }
        succeedEmptied()
    }

    private func succeedEmptied() {
        emptied?.succeed()
        emptied = nil
    }
}
