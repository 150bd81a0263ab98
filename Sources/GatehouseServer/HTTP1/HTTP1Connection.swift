internal import GatehouseCore
internal import NIOCore

/// One connection of a proxy as a state machine: what arrives goes in, what is to be done comes out.
///
/// It does nothing itself. One head at a time is given out to be answered; the next one waits, so answers come in the order of
/// their requests. After a refusal, or an answer that was the last one, the peer is waited for to close: closing at once, with
/// unread bytes, would reset the connection and could take the answer away from it.
struct HTTP1Connection {
    private enum State {
        /// Nobody said yet who is at the other end.
        case new
        /// The peer is not trusted: whatever it asks is refused.
        case stranger
        /// The next head may be answered.
        case reading
        /// A head was just given out: whoever took it is at work further up the stack.
        case asking(Exchange)
        /// An answer is being worked on elsewhere.
        case waiting(Exchange)
        /// The last answer was given out: what still arrives is dropped until the peer closes.
        case closing
    }

    private var state = State.new
    private var buffer = ByteBuffer()
    private var parser = RequestHeadParser()
    /// Whether the peer takes answers.
    private var isWritable = true
    /// The tick at which something last happened.
    private var activeTick: UInt32
    /// The tick at which the head that is still incomplete began: octets that drip in do not renew its time.
    private var headTick: UInt32

    /// The most octets kept while an answer is being worked on; a proxy has no reason to send more ahead.
    static var maxBuffered: Int { 262_144 }

    /// Longer than any proxy keeps an idle connection, so that the proxy closes first and no check meets a closing one.
    static var idleSeconds: Int { 65 * 60 }

    /// - Parameter tick: seconds on the coarse clock of the event loop, as in all that follows.
    init(tick: UInt32) {
        activeTick = tick
        headTick = tick
    }

    // MARK: - The peer

    /// What a connection that was just opened leads to.
    enum Opening: Equatable {
        case serve
        case refuse(Refusal)
        /// Closed without a word.
        case close
    }

    /// Takes the place that was found for the peer.
    mutating func open(_ place: HTTP1Place) -> Opening {
        switch place {
        case .proxy: state = .reading
        case .stranger: state = .stranger
        case .farewell:
            end()
            return .refuse(.full)
        case .nowhere:
            end()
            return .close
        }
        return .serve
    }

    // MARK: - Requests

    /// What octets lead to.
    enum Receipt: Equatable {
        /// Ask for the next step.
        case proceed
        case drop
        /// More than anybody may send ahead: the connection ends.
        case close
    }

    /// Takes what arrived.
    mutating func receive(_ octets: ByteBuffer, at tick: UInt32) -> Receipt {
        if case .closing = state { return .drop }
        activeTick = tick
        if buffer.readableBytes == 0 {
            buffer = octets
            headTick = tick
        } else {
            var octets = octets
            // What was read before is dropped first: a buffer that never runs empty would grow without end.
            buffer.discardReadBytes()
            buffer.writeBuffer(&octets)
        }
        guard buffer.readableBytes <= HTTP1Connection.maxBuffered else {
            end()
            return .close
        }
        return .proceed
    }

    /// A head that is to be answered, with the octets it was parsed from.
    struct Request {
        let head: RequestHead
        let octets: ByteBuffer
    }

    /// Why the connection ends with a refusal.
    enum Refusal: Equatable {
        /// There is no room for another proxy.
        case full
        /// The peer is not trusted.
        case stranger
        case malformed(RequestHeadParser.Refusal)

        var status: Int {
            switch self {
            case .full: 503
            case .stranger: 403
            case .malformed(let refusal): refusal.status
            }
        }
    }

    /// What is to be done now.
    enum Step {
        /// More octets are needed, or an answer, or a peer that takes it.
        case wait
        /// Have it answered, and say `asked` then.
        case ask(Request)
        case refuse(Refusal)
    }

    /// Looks for the next head that can be answered.
    mutating func next(at tick: UInt32) -> Step {
        guard isWritable, buffer.readableBytes > 0 else { return .wait }
        switch state {
        case .asking, .waiting, .closing: return .wait
        case .new: return refuse(.full)
        case .stranger: return refuse(.stranger)
        case .reading: break
        }
        do throws(RequestHeadParser.Refusal) {
            // A second reference to the same bytes: the head is read from it while `buffer` moves on.
            let octets = buffer
            guard let head = try parser.parse(octets.readableBytesUInt8Span) else { return .wait }
            buffer.moveReaderIndex(forwardBy: head.byteCount)
            // Nothing is left: the octets go back to the channel, which reads the next head into them.
            if buffer.readableBytes == 0 { buffer = ByteBuffer() }
            headTick = tick
            state = .asking(Exchange(head, octets.readableBytesUInt8Span))
            return .ask(Request(head: head, octets: octets))
        } catch {
            return refuse(.malformed(error))
        }
    }

    /// Whoever took the last request has returned; its answer may have come meanwhile.
    mutating func asked() {
        if case .asking(let exchange) = state { state = .waiting(exchange) }
    }

    private mutating func refuse(_ refusal: Refusal) -> Step {
        end()
        return .refuse(refusal)
    }

    private mutating func end() {
        state = .closing
        buffer = ByteBuffer()
    }

    // MARK: - Answers

    /// What is done after an answer was written.
    enum Continuation: Equatable {
        /// Nothing: whoever asked further down the stack takes the next step and flushes.
        case goOn
        /// Take the next step, then flush: heads that waited may be answered at once.
        case resume
        /// Flush and end the connection.
        case close
    }

    /// What an answer leads to.
    enum Delivery: Equatable {
        case write(Exchange, then: Continuation)
        /// Nobody waits for it any more.
        case drop
    }

    /// The answer to the request that was given out is there; with `isLast`, the connection ends with it, also one that the
    /// proxy wants to keep.
    mutating func answered(at tick: UInt32, isLast: Bool = false) -> Delivery {
        switch state {
        case .asking(let exchange):
            guard exchange.form.keepsAlive, !isLast else { return last(exchange) }
            state = .reading
            return .write(exchange, then: .goOn)
        case .waiting(let exchange):
            guard exchange.form.keepsAlive, !isLast else { return last(exchange) }
            state = .reading
            headTick = tick
            return .write(exchange, then: .resume)
        case .new, .stranger, .reading, .closing: return .drop
        }
    }

    private mutating func last(_ exchange: Exchange) -> Delivery {
        end()
        return .write(exchange.ending, then: .close)
    }

    /// Ends the connection if nothing of a request has arrived that was not answered.
    ///
    /// - Returns: whether it ended: then end our direction, and wait for the peer to close.
    mutating func leave() -> Bool {
        switch state {
        case .asking, .waiting, .closing: return false
        case .new, .stranger, .reading:
            guard buffer.readableBytes == 0 else { return false }
            end()
            return true
        }
    }

    /// The peer takes answers, or no more for now; in the first case ask for the next step.
    mutating func writabilityChanged(to isWritable: Bool) { self.isWritable = isWritable }

    // MARK: - Time

    /// Whether the peer takes longer than it may; asked once a second.
    func isTooSlow(at tick: UInt32) -> Bool {
        let quiet = Int(tick &- activeTick)
        // An answer that the peer does not take.
        if !isWritable, quiet > 10 { return true }
        switch state {
        case .closing: return quiet > 2
        case .asking, .waiting: return false
        case .new, .stranger, .reading: break
        }
        // A head whose end does not come.
        if buffer.readableBytes > 0 { return Int(tick &- headTick) > 5 }
        if case .reading = state { return quiet > HTTP1Connection.idleSeconds }
        return quiet > 5
    }
}
