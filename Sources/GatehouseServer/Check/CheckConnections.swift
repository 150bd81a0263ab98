internal import GatehouseCore
private import Synchronization

/// The open connections of one event loop, and its coarse clock.
final class CheckConnections<Reader: RecordReader> {
    private var handlers: [ObjectIdentifier: CheckHandler<Reader>] = [:]
    private let engine: CheckEngine<Reader>
    private let clock: () -> Timestamp
    let limit: Int
    /// Seconds since the start; cheap to read on every request.
    private(set) var tick: UInt32 = 0

    /// Longer than any proxy keeps an idle connection, so that the proxy closes first and no check meets a closing one.
    static var idleSeconds: Int { 65 * 60 }

    init(engine: CheckEngine<Reader>, limit: Int, clock: @escaping () -> Timestamp) {
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
    }

    func add(_ handler: CheckHandler<Reader>) {
        handlers[ObjectIdentifier(handler)] = handler
        engine.metrics.connections.increment()
        engine.metrics.openConnections.increment()
    }

    func remove(_ handler: CheckHandler<Reader>) {
        guard handlers.removeValue(forKey: ObjectIdentifier(handler)) != nil else { return }
        engine.metrics.openConnections.increment(by: -1)
        let connections = engine.metrics.connections.load(ordering: .relaxed)
        if connections >= 1_000, engine.metrics.checks < connections * 3 / 2 { engine.log.connectionPerCheck(now) }
    }

    /// Closes everything: the daemon stops.
    func closeAll() {
        for handler in handlers.values { handler.stop() }
    }
}
