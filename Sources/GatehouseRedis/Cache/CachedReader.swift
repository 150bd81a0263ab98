package import GatehouseCore
package import Logging
package import NIOCore

/// One event loop's access to Redis that keeps what it read for as long as Redis says what changes: `CoherentCache` decides, here
/// it is carried out, with two connections and one timer.
///
/// Made, used and closed on its event loop only.
package final class CachedReader {
    let data: RedisLink
    private let pushes: RedisLink
    private let eventLoop: any EventLoop
    private let logger: Logger
    let counts: CacheCounts
    private var trial: Trial
    private let keepsRecords: Bool
    var cache: CoherentCache<WaitingRead.Place>
    private var timer: Timer?
    private var isClosed = false
    private var lastDoubt: Tracking.Doubt? = .starting

    /// The key whose change is to be told; each trial has its own, so that what is told of a former one proves nothing.
    private struct Trial {
        let name: [UInt8]
        var number: UInt64 = 0

        var key: RecordKey { RecordKey(name + Array(":\(number)".utf8)) }
    }

    private struct Timer {
        let deadline: NIODeadline
        let task: Scheduled<Void>
    }

    /// What the cache may do.
    package struct Limits: Sendable {
        package let octets: Int
        package let grace: Duration

        /// - Parameters:
        ///   - octets: the most that copies may take on this loop.
        ///   - grace: how long they may be used while Redis gives no answer.
        package init(octets: Int, grace: Duration) {
            self.octets = octets
            self.grace = grace
        }
    }

    /// Where Redis says what changed.
    static let channel = Array("__redis__:invalidate".utf8)

    /// - Parameters:
    ///   - settings: where Redis is.
    ///   - limits: of the copies; with none, Redis is asked each time.
    ///   - prefix: what all keys begin with.
    ///   - eventLoop: what it belongs to.
    ///   - logger: told once of each change.
    ///   - link: told of the connection that reads.
    ///   - counts: told of the copies.
    package init(
        settings: RedisSettings, limits: Limits, prefix: String, eventLoop: any EventLoop, logger: Logger,
        link: LinkCounts = LinkCounts(), counts: CacheCounts = CacheCounts()
    ) {
        var settings = settings
        data = RedisLink(settings: settings, eventLoop: eventLoop, logger: logger, counts: link)
        settings.commandDeadline = Duration(Tracking.deadline)
        // What there is to say of this connection is said of the copies.
        let silent = Logger(label: logger.label) { _ in SwiftLogNoOpLogHandler() }
        pushes = RedisLink(settings: settings, eventLoop: eventLoop, logger: silent, takesPushes: true)
        self.eventLoop = eventLoop
        self.logger = logger
        self.counts = counts
        var random = SystemRandomNumberGenerator()
        let name = (0..<16).map { _ in UInt8.random(in: UInt8(ascii: "a")...UInt8(ascii: "z"), using: &random) }
        trial = Trial(name: Array("\(prefix)track:".utf8) + name)
        keepsRecords = limits.octets > 0
        cache = CoherentCache(maxOctets: limits.octets, grace: TimeAmount(limits.grace))
    }

    /// Begins to connect; failures are tried again until `close`.
    package func start() {
        data.onNews = { [self] in took($0, of: .data) }
        pushes.onNews = { [self] in took($0, of: .pushes) }
        data.start()
        if keepsRecords { pushes.start() }
    }

    /// Ends both connections for good and fails what waits.
    package func close() {
        isClosed = true
        timer?.task.cancel()
        timer = nil
        data.close()
        pushes.close()
        data.onNews = nil
        pushes.onNews = nil
        cache.tell { $0.lost(.data) }
    }

    /// Whether commands can go out now: readiness.
    package var isConnected: Bool { data.isConnected }

    /// Whether what is read is kept.
    var isTracking: Bool { cache.tracking.isOn }

    /// Removes copies of records that were written by somebody else of this process.
    package func drop(_ keys: [RecordKey]) {
        for key in keys { cache.drop(key) }
        tellCounts()
    }

    // MARK: - The connections

    private func took(_ news: RedisLink.News, of side: Tracking.Side) {
        let now = NIODeadline.now()
        switch news {
        case .connected: take(cache.tell { $0.connected(side, now) })
        case .down: cache.tell { $0.lost(side) }
        case .push(let content): took(push: content, now)
        }
        changed()
    }

    private func took(push content: RedisReply, _ now: NIODeadline) {
        guard case .array(let elements) = content else {
            // No list: the whole database was emptied. Anything else is not understood, and comes to the same.
            return cache.heard(nil)
        }
        var keys: [RecordKey] = []
        for case .bulk(let name) in elements { keys.append(RecordKey(name)) }
        cache.heard(keys.count == elements.count ? keys : nil)
        if keys.contains(trial.key) { take(cache.tell { $0.cameBack(now) }) }
    }

    private func take(_ step: Tracking.Step) {
        switch step {
        case .nothing, .begin: break
        case .subscribe: subscribe()
        case .track(let number): track(number)
        case .ping:
            ping(data, .data)
            ping(pushes, .pushes)
        case .reconnectPushes: pushes.reconnect()
        }
    }

    private func subscribe() {
        var number: Int64?
        // In this order: a connection that subscribed may not ask for its number any more.
        pushes.send(RedisCommand("CLIENT ID")) { [self] in
            if case .integer(let id)? = accepted($0, "CLIENT ID") { number = id }
        }
        pushes.send(RedisCommand("SUBSCRIBE", CachedReader.channel)) { [self] in
            guard case .array? = accepted($0, "SUBSCRIBE"), let number else { return }
            take(cache.tell { $0.subscribed(as: number, .now()) })
            changed()
        }
    }

    private func track(_ number: Int64) {
        let redirect = [Array("ON".utf8), Array("REDIRECT".utf8), [UInt8](decimal: number)]
        trial.number &+= 1
        let trialKey = trial.key
        data.send(RedisCommand("CLIENT TRACKING", redirect)) { [self] in
            guard accepted($0, "CLIENT TRACKING") != nil else { return }
            take(cache.tell { $0.accepted(.now()) })
            changed()
        }
        data.send(.read(trialKey.bytes)) { [self] in _ = accepted($0, "GETRANGE") }
        data.send(RedisCommand("SET", trialKey.bytes, [1], Array("PX".utf8), [UInt8](decimal: 5_000))) { [self] in
            _ = accepted($0, "SET")
        }
    }

    private func ping(_ link: RedisLink, _ side: Tracking.Side) {
        let sentAt = NIODeadline.now()
        link.send(RedisCommand("PING")) { [self] in
            switch $0 {
            case .success(.error), .failure: break
            case .success: cache.tell { $0.answered(side, sentAt: sentAt) }
            }
        }
    }

    /// The reply, if it is none of refusal; a connection that ended is told of elsewhere.
    private func accepted(_ result: Result<RedisReply, StoreError>, _ command: String) -> RedisReply? {
        guard case .success(let reply) = result else { return nil }
        guard case .error(let code) = reply else { return reply }
        cache.tell { $0.refused(command, code, .now()) }
        changed()
        return nil
    }

    // MARK: - Time

    private func setTimer() {
        guard !isClosed, let deadline = cache.tracking.nextWake else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            if timer?.deadline == deadline { timer = nil }
            take(cache.tell { $0.wake(.now()) })
            changed()
        }
        timer = Timer(deadline: deadline, task: task)
    }

    // MARK: - What others see

    private func changed() {
        setTimer()
        tellCounts()
        let doubt = cache.tracking.doubt
        guard doubt != lastDoubt else { return }
        lastDoubt = doubt
        counts.note(doubt: doubt.map(\.description))
        guard let doubt else {
            return logger.info("records are kept while Redis says what changes", source: LogArea.store.rawValue)
        }
        logger.warning(
            "records are not kept: each check asks Redis", metadata: ["reason": "\(doubt.description)"],
            source: LogArea.store.rawValue)
    }

    func tellCounts() { counts.hold(cache.count, octets: cache.octets, flushes: cache.flushes) }
}
