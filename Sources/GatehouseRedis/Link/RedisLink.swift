package import GatehouseCore
package import Logging
package import NIOCore
internal import NIOPosix

/// One event loop's connection to Redis: pipelined, with deadlines, and reconnecting by itself.
///
/// Made, used and closed on its event loop only. Commands of one tick of the loop share one write. A command fails at once
/// while there is no connection, unless an attempt to connect is under way: then it waits for up to the command deadline.
///
/// A reply that does not come in time ends the connection, since replies carry no names. Then attempts follow after 50 ms
/// to 1 s, and from the fifth failure in a row on nobody waits for them: that is the circuit breaker. `LinkMachine` decides all
/// of this; here it is carried out, with a channel and one timer.
package final class RedisLink {
    private struct Timer {
        let deadline: NIODeadline
        let task: Scheduled<Void>
    }

    private let settings: RedisSettings
    private let eventLoop: any EventLoop
    /// `nil` if the server is known.
    private let finder: MasterFinder?
    private var machine: LinkMachine
    private var log: LinkLog
    private let counts: LinkCounts
    private var random = SystemRandomNumberGenerator()
    /// The end of the present connection.
    private var handler: ReplyHandler?
    private var timer: Timer?
    private var flushIsScheduled = false
    /// The clock is read once for all commands of a tick.
    private var startOfTick = NIODeadline.uptimeNanoseconds(0)
    /// Told of what happens to the connection, before whoever waits; `nil` for nobody, and again after `close`.
    var onNews: ((News) -> Void)?

    /// What happens to a connection.
    enum News {
        case connected
        /// It was there, or an attempt at it, and ended.
        case down
        /// What the server says unasked.
        case push(RedisReply)
    }

    /// - Parameters:
    ///   - settings: where Redis is.
    ///   - eventLoop: what it belongs to.
    ///   - logger: told once of each change.
    ///   - counts: told of the same, for whoever watches from elsewhere.
    ///   - takesPushes: whether it subscribes to something.
    package init(
        settings: RedisSettings, eventLoop: any EventLoop, logger: Logger, counts: LinkCounts = LinkCounts(),
        takesPushes: Bool = false
    ) {
        self.settings = settings
        self.eventLoop = eventLoop
        machine = LinkMachine(settings: settings, takesPushes: takesPushes)
        log = LinkLog(logger: logger, place: settings.place)
        switch settings.place {
        case .server: finder = nil
        case .master(let sentinels):
            finder = MasterFinder(sentinels, eventLoop: eventLoop, connectDeadline: settings.connectDeadline)
        }
        self.counts = counts
    }

    /// Whether commands can go out now: readiness.
    package var isConnected: Bool { machine.isReady }

    /// Why there is no connection; `nil` while there is one, and before the first attempt ended.
    var lastFault: LinkFault? { machine.lastFault }

    /// Whether Redis is there and refuses us, as with a wrong password; not while it loads its data.
    var isRefused: Bool { machine.lastFault?.isRefusal ?? false }

    /// Begins to connect; failures are tried again until `close`.
    package func start() {
        if let attempt = machine.start(.now()) { connect(attempt) }
    }

    /// Ends the connection for good and fails what waits.
    ///
    /// A link that was started lives until then.
    package func close() {
        let failed = machine.close()
        counts.isDown("\(LinkFault.closedByUs)")
        timer?.task.cancel()
        timer = nil
        endConnection()
        RedisLink.fail(failed, .closedByUs)
    }

    // MARK: - Commands

    /// Sends any command; the completion runs once, on this loop, within twice the command deadline.
    func send(_ command: RedisCommand, completion: @escaping CommandQueue.Completion) {
        guard machine.send(command, now(), completion: completion) else {
            let reason = lastFault.map { "Redis: \($0)" } ?? "Redis is not connected or overloaded"
            completion(.failure(.unavailable(reason: reason)))
            return
        }
        didIssue()
    }

    private func now() -> NIODeadline {
        if !flushIsScheduled { startOfTick = .now() }
        return startOfTick
    }

    private func didIssue() {
        setTimer()
        guard !flushIsScheduled, machine.isReady else { return }
        flushIsScheduled = true
        eventLoop.assumeIsolated().execute { [self] in
            flushIsScheduled = false
            flush()
        }
    }

    private func flush() {
        guard machine.hasOctets, let handler else { return }
        handler.write(machine.octets)
        machine.didWrite()
    }

    private static func fail(_ queue: CommandQueue, _ fault: LinkFault) {
        if !queue.isEmpty { queue.fail(.unavailable(reason: "Redis: \(fault)")) }
    }

    // MARK: - Time

    /// Makes sure that the machine is asked in time; a timer that comes too early finds nothing and sets the next one.
    private func setTimer() {
        guard let deadline = machine.nextWake else { return }
        if let timer, timer.deadline <= deadline { return }
        timer?.task.cancel()
        let task = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            // One that was due already when it was cancelled runs all the same, and leaves the newer one alone.
            if timer?.deadline == deadline { timer = nil }
            wake()
        }
        timer = Timer(deadline: deadline, task: task)
    }

    private func wake() {
        switch machine.wake(.now(), using: &random) {
        case .nothing: break
        case .connect(let attempt): return connect(attempt)
        case .end(let ending): return end(ending)
        case .fail(let queue, let fault): RedisLink.fail(queue, fault)
        }
        setTimer()
    }

    // MARK: - Connecting

    private func connect(_ attempt: UInt64) {
        setTimer()
        switch settings.place {
        case .server(let address): connect(attempt, to: address)
        case .master:
            finder?.find { [self] found in
                switch found {
                case .success(let address): connect(attempt, to: address)
                case .failure(let fault): failed(attempt, .noSentinel("\(fault)"))
                }
            }
        }
    }

    private func failed(_ attempt: UInt64, _ fault: LinkFault) {
        if let ending = machine.failed(attempt, fault, .now(), using: &random) { end(ending) }
    }

    private func connect(_ attempt: UInt64, to address: ServerAddress) {
        let deadline = TimeAmount(settings.connectDeadline)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(deadline)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 << 10))
            .channelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 8 << 20))
        bootstrap.connection(to: address).assumeIsolated().whenComplete { [self] result in
            switch result {
            case .success(let channel):
                setUp(channel, attempt, address)
            case .failure(let error):
                failed(attempt, .cannotConnect(ConnectionReason.words(error)))
            }
        }
    }

    /// Asks Sentinel every second whether this is the master still, as long as the connection lasts.
    ///
    /// While no Sentinel answers it stays: they are asked where Redis is, not whether anybody may come in.
    private func followMaster(of connection: ReplyHandler) {
        guard let finder else { return }
        eventLoop.assumeIsolated().scheduleTask(in: MasterFinder.pause) { [self] in
            guard handler === connection else { return }
            finder.find { [self] found in
                guard handler === connection else { return }
                if case .success(let named) = found, named != connection.server { return ended(.masterMoved(named)) }
                followMaster(of: connection)
            }
        }
    }

    private func setUp(_ channel: any Channel, _ attempt: UInt64, _ server: ServerAddress) {
        guard let octets = machine.connected(attempt, .now()) else { return channel.close(promise: nil) }
        do {
            let handler = try ReplyHandler(link: self, server: server)
            self.handler = handler
            setTimer()
            try channel.pipeline.syncOperations.addHandler(handler)
            handler.write(octets)
            if !channel.isActive { ended(.closedByServer) }
        } catch {
            channel.close(promise: nil)
            ended(.failed(ConnectionReason.words(error)))
        }
    }

    // MARK: - What the connection brings

    /// Takes a reply of the present connection.
    func received(_ reply: RedisReply) {
        switch machine.received(reply, .now(), using: &random) {
        case .nothing: break
        case .ready:
            log.connected(to: finder == nil ? nil : handler?.server)
            counts.isConnected()
            if let handler { followMaster(of: handler) }
            flush()
            setTimer()
            onNews?(.connected)
        case .push(let content): onNews?(.push(content))
        case .reading(let reading, let completion): completion(reading)
        case .refused(let code, let completion):
            log.refusesReads(code)
            completion(.unavailable)
        case .reply(let reply, let completion): completion(.success(reply))
        case .end(let ending): end(ending)
        }
    }

    func writabilityChanged(to isWritable: Bool) { machine.writabilityChanged(to: isWritable) }

    /// The present connection came to an end by itself.
    func ended(_ fault: LinkFault) {
        if let ending = machine.lost(fault, .now(), using: &random) { end(ending) }
    }

    /// Gives the present connection up, and makes another one.
    func reconnect() { ended(.closedByUs) }

    /// Closes what was given up; the machine has planned the next attempt.
    private func end(_ ending: LinkMachine.Ending) {
        endConnection()
        log.down(ending.fault, wasConnected: ending.wasReady)
        counts.isDown("\(ending.fault)")
        setTimer()
        onNews?(.down)
        // Last: whoever is told may issue new commands.
        RedisLink.fail(ending.failed, ending.fault)
    }

    private func endConnection() {
        let old = handler
        handler = nil
        old?.close()
    }
}

extension RedisLink: RecordReader {
    /// Two commands rather than one `MGET`: the keys may lie in different slots of a cluster.
    ///
    /// `GETRANGE` costs Redis what `GET` does, and keeps a value of any length from filling the connection that everybody's
    /// reads share.
    package func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        guard machine.read(first, second, now(), completion: completion) else {
            completion(.unavailable)
            return
        }
        didIssue()
    }

    /// `SET … XX PX`: a record that was removed is not written back.
    package func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        guard machine.refresh(value, for: key, milliseconds: expiresIn.redisMilliseconds, now()) else { return }
        didIssue()
    }

    /// `SET … PX`.
    package func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        guard machine.write(value, for: key, milliseconds: expiresIn.redisMilliseconds, now()) else { return }
        didIssue()
    }
}
