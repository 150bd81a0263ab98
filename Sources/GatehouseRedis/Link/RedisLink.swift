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
/// to 1 s, and from the fifth failure in a row on nobody waits for them: that is the circuit breaker.
package final class RedisLink {
    private enum Phase {
        case idle
        case connecting
        case settingUp(ReplyHandler, steps: ArraySlice<SetupStep>)
        case ready(ReplyHandler, since: NIODeadline)
        case pausing
        case closed
    }

    private let settings: RedisSettings
    private let eventLoop: any EventLoop
    private let commandDeadline: TimeAmount
    private let connectDeadline: TimeAmount
    private var log: LinkLog
    private var phase = Phase.idle
    private var queue = CommandQueue()
    private var backoff = Backoff()
    private var random = SystemRandomNumberGenerator()
    /// Numbers the attempts to connect, so that what an abandoned one brings is recognised.
    private var attempt: UInt64 = 0
    /// Why there is no connection; `nil` while there is one, and before the first attempt ended.
    private(set) var lastFault: LinkFault?
    private var attemptTimer: Scheduled<Void>?
    private var flushIsScheduled = false
    private var deadlineTimerIsSet = false
    /// A deadline has passed, and what may have arrived meanwhile is being read first.
    private var isOverdue = false
    /// The deadline of the commands of this tick: the clock is read once for all of them.
    private var deadlineOfTick = NIODeadline.uptimeNanoseconds(0)

    /// After a pause of the whole process the timer runs before the socket is read: the loop gets one more turn.
    private static let lastLook = TimeAmount.milliseconds(2)

    /// A connection that lived this long counts as a success.
    private static let provenAfter = TimeAmount.seconds(1)

    package init(settings: RedisSettings, eventLoop: any EventLoop, logger: Logger) {
        self.settings = settings
        self.eventLoop = eventLoop
        commandDeadline = TimeAmount(settings.commandDeadline)
        connectDeadline = TimeAmount(settings.connectDeadline)
        log = LinkLog(logger: logger, address: settings.address)
    }

    /// Whether commands can go out now: readiness.
    package var isConnected: Bool {
        if case .ready = phase { true } else { false }
    }

    /// Begins to connect; failures are tried again until `close`.
    package func start() {
        guard case .idle = phase else { return }
        connect()
    }

    /// Ends the connection for good and fails what waits.
    ///
    /// A link that was started lives until then.
    package func close() {
        attempt &+= 1
        attemptTimer?.cancel()
        let old = phase
        phase = .closed
        handler(of: old)?.close()
        failAll(.closedByUs)
    }

    // MARK: - Commands

    /// Sends any command; the completion runs once, on this loop, within twice the command deadline.
    func send(_ command: RedisCommand, completion: @escaping CommandQueue.Completion) {
        guard admits(commands: 1, bytes: command.size) else {
            let reason = lastFault.map { "Redis: \($0)" } ?? "Redis is not connected or overloaded"
            completion(.failure(.unavailable(reason: reason)))
            return
        }
        queue.send(command, deadline: deadline(), completion: completion)
        didIssue()
    }

    private func admits(commands: Int, bytes: Int) -> Bool {
        switch phase {
        case .ready(let handler, _):
            guard handler.isWritable else { return false }
        case .connecting, .settingUp:
            guard backoff.isPatient else { return false }
        case .idle, .pausing, .closed:
            return false
        }
        return queue.hasRoom(commands: commands, bytes: bytes)
    }

    private func deadline() -> NIODeadline {
        if !flushIsScheduled { deadlineOfTick = .now() + commandDeadline }
        return deadlineOfTick
    }

    private func didIssue() {
        setDeadlineTimer()
        guard !flushIsScheduled, isConnected else { return }
        flushIsScheduled = true
        eventLoop.assumeIsolated().execute { [self] in
            flushIsScheduled = false
            flush()
        }
    }

    private func flush() {
        guard case .ready(let handler, _) = phase, queue.hasUnwritten else { return }
        handler.write(queue.octets)
        queue.didWrite()
    }

    // MARK: - Deadlines

    private func setDeadlineTimer() {
        guard !deadlineTimerIsSet, var deadline = queue.oldestDeadline else { return }
        if isOverdue { deadline = .now() + RedisLink.lastLook }
        deadlineTimerIsSet = true
        _ = eventLoop.assumeIsolated().scheduleTask(deadline: deadline) { [self] in
            deadlineTimerIsSet = false
            checkDeadline()
        }
    }

    private func checkDeadline() {
        let wasOverdue = isOverdue
        isOverdue = queue.oldestDeadline.map { $0 <= .now() } ?? false
        guard isOverdue, wasOverdue else { return setDeadlineTimer() }
        isOverdue = false
        if isConnected {
            ended(.noReplyInTime)
        } else {
            failAll(.noConnectionInTime)
        }
    }

    private func failAll(_ fault: LinkFault) {
        let failed = queue
        queue = CommandQueue()
        if !failed.isEmpty { failed.fail(.unavailable(reason: "Redis: \(fault)")) }
    }

    // MARK: - Connecting

    private func connect() {
        phase = .connecting
        attempt &+= 1
        let current = attempt
        setAttemptTimer(connectDeadline)
        let bootstrap = ClientBootstrap(group: eventLoop)
            .connectTimeout(connectDeadline)
            .channelOption(.recvAllocator, value: FixedSizeRecvByteBufferAllocator(capacity: 64 << 10))
            .channelOption(
                .writeBufferWaterMark, value: ChannelOptions.Types.WriteBufferWaterMark(low: 1 << 20, high: 8 << 20))
        connection(by: bootstrap).assumeIsolated().whenComplete { [self] result in
            guard current == attempt, case .connecting = phase else {
                if case .success(let channel) = result { channel.close(promise: nil) }
                return
            }
            switch result {
            case .success(let channel): setUp(channel)
            case .failure(let error): ended(.cannotConnect(LinkFault.reason(error)))
            }
        }
    }

    private func connection(by bootstrap: ClientBootstrap) -> EventLoopFuture<any Channel> {
        switch settings.address {
        case .unix(let path):
            return bootstrap.connect(unixDomainSocketPath: path)
        case .tcp(let host, let port):
            if let address = try? SocketAddress(ipAddress: host, port: Int(port)) {
                return bootstrap.connect(to: address)
            }
            return bootstrap.connect(host: host, port: Int(port))
        }
    }

    private func setUp(_ channel: any Channel) {
        do {
            let handler = try ReplyHandler(link: self)
            let steps = SetupStep.steps(for: settings)
            phase = .settingUp(handler, steps: steps[...])
            setAttemptTimer(commandDeadline)
            try channel.pipeline.syncOperations.addHandler(handler)
            var octets = ByteBuffer()
            for step in steps { octets.writeCommand(step.command) }
            handler.write(octets)
            if !channel.isActive { ended(.closedByServer) }
        } catch {
            channel.close(promise: nil)
            ended(.failed(LinkFault.reason(error)))
        }
    }

    /// One timer for the two halves of an attempt.
    private func setAttemptTimer(_ amount: TimeAmount) {
        attemptTimer?.cancel()
        let current = attempt
        attemptTimer = eventLoop.assumeIsolated().scheduleTask(in: amount) { [self] in
            guard current == attempt else { return }
            switch phase {
            case .connecting, .settingUp: ended(.noConnectionInTime)
            case .idle, .ready, .pausing, .closed: break
            }
        }
    }

    private func becomeReady(_ handler: ReplyHandler) {
        attemptTimer?.cancel()
        phase = .ready(handler, since: .now())
        lastFault = nil
        log.connected()
        queue.restart(deadline: .now() + commandDeadline)
        flush()
    }

    // MARK: - What the connection brings

    /// Takes a reply of the present connection.
    func received(_ reply: RedisReply) {
        switch phase {
        case .ready:
            deliver(queue.take(reply))
        case .settingUp(let handler, var steps):
            guard let step = steps.popFirst() else { return ended(.protocolError) }
            if let fault = step.fault(in: reply) { return ended(fault) }
            phase = .settingUp(handler, steps: steps)
            if steps.isEmpty { becomeReady(handler) }
        case .idle, .connecting, .pausing, .closed:
            break
        }
    }

    private func deliver(_ delivery: CommandQueue.Delivery) {
        switch delivery {
        case .nothing: break
        case .reading(let reading, let completion): completion(reading)
        case .refused(let code, let completion):
            log.refusesReads(code)
            completion(.unavailable)
        case .reply(let reply, let completion): completion(.success(reply))
        case .unexpected: ended(.protocolError)
        }
    }

    /// Gives the present connection or attempt up and plans the next one.
    func ended(_ fault: LinkFault) {
        let old = phase
        if case .closed = old { return }
        attempt &+= 1
        attemptTimer?.cancel()
        if case .ready(_, let since) = old, since + RedisLink.provenAfter <= .now() { backoff.reset() }
        phase = .pausing
        lastFault = fault
        handler(of: old)?.close()
        let isLoss = if case .ready = old { true } else { false }
        log.down(fault, wasConnected: isLoss)
        let current = attempt
        attemptTimer = eventLoop.assumeIsolated().scheduleTask(in: backoff.delay(using: &random)) { [self] in
            guard current == attempt, case .pausing = phase else { return }
            connect()
        }
        failAll(fault)
    }

    private func handler(of phase: Phase) -> ReplyHandler? {
        switch phase {
        case .settingUp(let handler, _), .ready(let handler, _): handler
        case .idle, .connecting, .pausing, .closed: nil
        }
    }
}

extension RedisLink: RecordReader {
    /// Two commands rather than one `MGET`: the keys may lie in different slots of a cluster.
    ///
    /// `GETRANGE` costs Redis what `GET` does, and keeps a value of any length from filling the connection that everybody's
    /// reads share.
    package func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        let bytes = first.bytes.count &+ (second?.bytes.count ?? 0) &+ 128
        guard admits(commands: second == nil ? 1 : 2, bytes: bytes) else {
            completion(.unavailable)
            return
        }
        queue.read(first, second, deadline: deadline(), completion: completion)
        didIssue()
    }

    /// `SET … XX PX`: a record that was removed is not written back.
    package func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        guard value.count <= RecordLimits.valueBytes, admits(commands: 1, bytes: key.bytes.count &+ value.count &+ 96)
        else { return }
        queue.refresh(value, for: key, milliseconds: expiresIn.redisMilliseconds, deadline: deadline())
        didIssue()
    }

    /// `SET … PX`.
    package func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        guard value.count <= RecordLimits.valueBytes, admits(commands: 1, bytes: key.bytes.count &+ value.count &+ 96)
        else { return }
        queue.write(value, for: key, milliseconds: expiresIn.redisMilliseconds, deadline: deadline())
        didIssue()
    }
}

extension Duration {
    /// What Redis takes as an expiry: at least 1 ms, at most some 30,000 years, so that no sum overflows.
    var redisMilliseconds: Int64 { min(max(wholeMilliseconds, 1), 1_000_000_000_000_000) }
}
