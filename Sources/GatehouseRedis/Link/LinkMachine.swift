internal import GatehouseCore
internal import NIOCore

/// A link to Redis as a state machine: commands, replies and the time go in, what is to be done comes out.
///
/// It opens and writes nothing and asks no clock; `RedisLink` does that for it. Whoever waits for a command is among what comes
/// out exactly once: with the reply, or with the end of a connection or of an attempt. Replies carry no names, so a reply that
/// does not come in time ends the connection.
struct LinkMachine {
    private enum State {
        case idle
        case connecting(until: NIODeadline)
        /// A fresh connection, and the steps whose replies have not come.
        case settingUp(ArraySlice<SetupStep>, until: NIODeadline)
        case ready(since: NIODeadline)
        /// Between two attempts.
        case backingOff(until: NIODeadline)
        case closed
    }

    private let setup: [SetupStep]
    private let connectDeadline: TimeAmount
    private let commandDeadline: TimeAmount
    /// Whether Sentinels say which server is the master, so that one that is not is left.
    private let followsMaster: Bool
    private var state = State.idle
    private var queue = CommandQueue()
    private var backoff = Backoff()
    /// Numbers the attempts to connect, so that what an abandoned one brings is recognised.
    private var attempt: UInt64 = 0
    /// Why there is no connection; `nil` while there is one, and before the first attempt ended.
    private(set) var lastFault: LinkFault?
    /// Whether the kernel and NIO take more octets without piling them up.
    private var isWritable = true
    /// A deadline has passed, and what may have arrived meanwhile is being read first, until then.
    private var lastLookUntil: NIODeadline?
    /// Whether the server says something unasked here, as it does where somebody subscribed.
    private let takesPushes: Bool

    /// After a pause of the whole process the timer runs before the socket is read: the loop gets one more turn.
    static let lastLook = TimeAmount.milliseconds(2)

    /// A connection that lived this long counts as a success.
    static let provenAfter = TimeAmount.seconds(1)

    init(settings: RedisSettings, takesPushes: Bool = false) {
        self.takesPushes = takesPushes
        setup = SetupStep.steps(for: settings)
        connectDeadline = TimeAmount(settings.connectDeadline)
        commandDeadline = TimeAmount(settings.commandDeadline)
        if case .master = settings.place { followsMaster = true } else { followsMaster = false }
    }

    /// Whether commands can go out now.
    var isReady: Bool {
        if case .ready = state { true } else { false }
    }

    // MARK: - Connecting

    /// Begins.
    ///
    /// - Returns: the number of the attempt that is to be made; `nil` if the link was started before.
    mutating func start(_ now: NIODeadline) -> UInt64? {
        guard case .idle = state else { return nil }
        return connect(now)
    }

    private mutating func connect(_ now: NIODeadline) -> UInt64 {
        attempt &+= 1
        state = .connecting(until: now + connectDeadline)
        return attempt
    }

    /// An attempt led to a connection.
    ///
    /// - Returns: what is written to it at once; `nil` if that attempt was given up: the connection is to be closed.
    mutating func connected(_ number: UInt64, _ now: NIODeadline) -> ByteBuffer? {
        guard isAwaited(number) else { return nil }
        state = .settingUp(setup[...], until: now + commandDeadline)
        isWritable = true
        var octets = ByteBuffer()
        for step in setup { octets.writeCommand(step.command) }
        return octets
    }

    /// An attempt led to nothing; `nil` if it was given up before.
    mutating func failed(
        _ number: UInt64, _ fault: LinkFault, _ now: NIODeadline, using random: inout some RandomNumberGenerator
    ) -> Ending? {
        isAwaited(number) ? end(fault, now, using: &random) : nil
    }

    private func isAwaited(_ number: UInt64) -> Bool {
        guard number == attempt, case .connecting = state else { return false }
        return true
    }

    /// The connection or attempt of now came to an end; `nil` if there is none.
    mutating func lost(
        _ fault: LinkFault, _ now: NIODeadline, using random: inout some RandomNumberGenerator
    ) -> Ending? {
        switch state {
        case .connecting, .settingUp, .ready: end(fault, now, using: &random)
        case .idle, .backingOff, .closed: nil
        }
    }

    /// Ends the link for good.
    ///
    /// - Returns: the commands that nobody will answer.
    mutating func close() -> CommandQueue {
        state = .closed
        return takeQueue()
    }

    private mutating func end(
        _ fault: LinkFault, _ now: NIODeadline, using random: inout some RandomNumberGenerator
    ) -> Ending {
        var wasReady = false
        if case .ready(let since) = state {
            wasReady = true
            if since + LinkMachine.provenAfter <= now { backoff.reset() }
        }
        state = .backingOff(until: now + backoff.delay(using: &random))
        lastFault = fault
        return Ending(fault: fault, wasReady: wasReady, failed: takeQueue())
    }

    private mutating func takeQueue() -> CommandQueue {
        let taken = queue
        queue = CommandQueue()
        lastLookUntil = nil
        return taken
    }

    // MARK: - Commands

    /// Queues a read; `false` if it cannot be admitted: then nobody holds the completion.
    mutating func read(
        _ first: RecordKey, _ second: RecordKey?, _ now: NIODeadline,
        completion: @escaping CommandQueue.ReadCompletion
    ) -> Bool {
        let bytes = first.bytes.count &+ (second?.bytes.count ?? 0) &+ 128
        guard admits(commands: second == nil ? 1 : 2, bytes: bytes) else { return false }
        queue.read(first, second, deadline: now + commandDeadline, completion: completion)
        return true
    }

    /// Queues a `SET … XX PX` whose reply nobody waits for; `false` if it cannot be admitted.
    mutating func refresh(_ value: [UInt8], for key: RecordKey, milliseconds: Int64, _ now: NIODeadline) -> Bool {
        guard admits(writing: value, for: key) else { return false }
        queue.refresh(value, for: key, milliseconds: milliseconds, deadline: now + commandDeadline)
        return true
    }

    /// Queues a `SET … PX` whose reply nobody waits for; `false` if it cannot be admitted.
    mutating func write(_ value: [UInt8], for key: RecordKey, milliseconds: Int64, _ now: NIODeadline) -> Bool {
        guard admits(writing: value, for: key) else { return false }
        queue.write(value, for: key, milliseconds: milliseconds, deadline: now + commandDeadline)
        return true
    }

    /// Queues any command; `false` if it cannot be admitted.
    mutating func send(
        _ command: RedisCommand, _ now: NIODeadline, completion: @escaping CommandQueue.Completion
    ) -> Bool {
        guard admits(commands: 1, bytes: command.size) else { return false }
        queue.send(command, deadline: now + commandDeadline, completion: completion)
        return true
    }

    private func admits(writing value: [UInt8], for key: RecordKey) -> Bool {
        value.count <= RecordLimits.valueBytes
            && admits(commands: 1, bytes: key.bytes.count &+ value.count &+ 96)
    }

    /// Commands wait for an attempt that is under way, but from the fifth failure in a row on: that is the circuit breaker.
    private func admits(commands: Int, bytes: Int) -> Bool {
        switch state {
        case .ready:
            guard isWritable else { return false }
        case .connecting, .settingUp:
            guard backoff.isPatient else { return false }
        case .idle, .backingOff, .closed:
            return false
        }
        return queue.hasRoom(commands: commands, bytes: bytes)
    }

    // MARK: - Writing

    /// Whether there is something to write, and a connection that takes it.
    var hasOctets: Bool { isReady && queue.hasUnwritten }

    /// The octets to write, which must be written or lost before `didWrite`.
    var octets: ByteBuffer { queue.octets }

    mutating func didWrite() { queue.didWrite() }

    /// The connection takes more octets, or has enough for now.
    mutating func writabilityChanged(to isWritable: Bool) { self.isWritable = isWritable }

    // MARK: - Replies

    /// Takes a reply of the present connection; the clock is only asked where it matters.
    ///
    /// What a server says unasked has no command that waits for it, and is told apart before the queue is asked.
    mutating func received(
        _ reply: RedisReply, _ now: @autoclosure () -> NIODeadline, using random: inout some RandomNumberGenerator
    ) -> Step {
        switch state {
        case .ready:
            if takesPushes, let content = reply.pushed { return .push(content) }
            // Who waits for it is told with all others that the connection is gone.
            if followsMaster, reply == .error(.readOnly) { return .end(end(.notMaster, now(), using: &random)) }
            switch queue.take(reply) {
            case .nothing: return .nothing
            case .reading(let reading, let completion): return .reading(reading, completion)
            case .refused(let code, let completion): return .refused(code, completion)
            case .reply(let reply, let completion): return .reply(reply, completion)
            case .unexpected: return .end(end(.protocolError, now(), using: &random))
            }
        case .settingUp(var steps, let until):
            guard let step = steps.popFirst() else { return .end(end(.protocolError, now(), using: &random)) }
            if let fault = step.fault(in: reply) { return .end(end(fault, now(), using: &random)) }
            guard steps.isEmpty else {
                state = .settingUp(steps, until: until)
                return .nothing
            }
            becomeReady(now())
            return .ready
        case .idle, .connecting, .backingOff, .closed:
            return .nothing
        }
    }

    private mutating func becomeReady(_ now: NIODeadline) {
        state = .ready(since: now)
        lastFault = nil
        queue.restart(deadline: now + commandDeadline)
    }

    // MARK: - Time

    /// When `wake` is to be called at the latest; `nil` if there is nothing to wait for.
    var nextWake: NIODeadline? {
        let commands = queue.oldestDeadline.map { lastLookUntil ?? $0 }
        switch state {
        case .connecting(let until), .settingUp(_, let until), .backingOff(let until):
            return commands.map { min($0, until) } ?? until
        case .ready: return commands
        case .idle, .closed: return nil
        }
    }

    /// Looks at the deadlines; may be called at any time.
    mutating func wake(_ now: NIODeadline, using random: inout some RandomNumberGenerator) -> Waking {
        switch state {
        case .connecting(let until) where until <= now, .settingUp(_, let until) where until <= now:
            return .end(end(.noConnectionInTime, now, using: &random))
        case .backingOff(let until) where until <= now:
            return .connect(connect(now))
        case .idle, .connecting, .settingUp, .ready, .backingOff, .closed:
            break
        }
        guard let oldest = queue.oldestDeadline, oldest <= now else {
            lastLookUntil = nil
            return .nothing
        }
        guard let lastLookUntil else {
            lastLookUntil = now + LinkMachine.lastLook
            return .nothing
        }
        guard lastLookUntil <= now else { return .nothing }
        return isReady
            ? .end(end(.noReplyInTime, now, using: &random)) : .fail(takeQueue(), .noConnectionInTime)
    }
}
