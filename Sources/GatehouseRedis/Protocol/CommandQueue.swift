internal import GatehouseCore
internal import NIOCore

/// The commands of one link: the octets that are still to be written, and who waits for the replies, in order.
struct CommandQueue {
    typealias ReadCompletion = (RecordReading) -> Void
    typealias Completion = (Result<RedisReply, StoreError>) -> Void

    /// What a reply leads to.
    enum Delivery {
        case nothing
        case reading(RecordReading, ReadCompletion)
        /// A read that the server refuses.
        case refused(RedisErrorCode, ReadCompletion)
        case reply(RedisReply, Completion)
        /// Nobody asked: replies and commands are out of step.
        case unexpected
    }

    private enum Expected {
        case onlyRecord(ReadCompletion)
        case firstRecord
        case secondRecord(ReadCompletion)
        case ignored
        case reply(Completion)
    }

    private struct Waiting {
        let expected: Expected
        var deadline: NIODeadline
    }

    /// The first half of a pair of records, whose reply is always followed by that of the second half.
    private enum Value {
        case known([UInt8]?)
        case unavailable(RedisErrorCode?)
    }

    /// The most commands that may wait at once.
    static let maxWaiting = 16_384
    /// The most octets that may wait to be written.
    static let maxUnwrittenBytes = 8 << 20
    /// A buffer that grew beyond this in a burst is given back.
    private static let keptCapacity = 64 << 10

    private var unwritten = ByteBuffer()
    private var waiting = CircularBuffer<Waiting>(initialCapacity: 64)
    private var firstRecord = Value.unavailable(nil)

    var isEmpty: Bool { waiting.isEmpty }
    var hasUnwritten: Bool { unwritten.readableBytes > 0 }
    /// When the oldest command must have its reply.
    var oldestDeadline: NIODeadline? { waiting.first?.deadline }

    func hasRoom(commands: Int, bytes: Int) -> Bool {
        waiting.count &+ commands <= CommandQueue.maxWaiting
            && unwritten.readableBytes &+ bytes <= CommandQueue.maxUnwrittenBytes
    }

    // MARK: - Commands

    mutating func read(
        _ first: RecordKey, _ second: RecordKey?, deadline: NIODeadline, completion: @escaping ReadCompletion
    ) {
        unwritten.writeRead(first.bytes)
        guard let second else {
            waiting.append(Waiting(expected: .onlyRecord(completion), deadline: deadline))
            return
        }
        waiting.append(Waiting(expected: .firstRecord, deadline: deadline))
        unwritten.writeRead(second.bytes)
        waiting.append(Waiting(expected: .secondRecord(completion), deadline: deadline))
    }

    mutating func refresh(_ value: [UInt8], for key: RecordKey, milliseconds: Int64, deadline: NIODeadline) {
        unwritten.writeSetIfPresent(key.bytes, value, milliseconds: milliseconds)
        waiting.append(Waiting(expected: .ignored, deadline: deadline))
    }

    mutating func write(_ value: [UInt8], for key: RecordKey, milliseconds: Int64, deadline: NIODeadline) {
        let expiry = Array(String(milliseconds).utf8)
        unwritten.writeCommand(RedisCommand("SET", [key.bytes, value, Array("PX".utf8), expiry]))
        waiting.append(Waiting(expected: .ignored, deadline: deadline))
    }

    mutating func send(_ command: RedisCommand, deadline: NIODeadline, completion: @escaping Completion) {
        unwritten.writeCommand(command)
        waiting.append(Waiting(expected: .reply(completion), deadline: deadline))
    }

    // MARK: - Writing

    /// The octets to write, which must be written or lost before `didWrite`.
    var octets: ByteBuffer { unwritten }

    mutating func didWrite() {
        if unwritten.capacity > CommandQueue.keptCapacity {
            unwritten = ByteBuffer()
        } else {
            unwritten.clear()
        }
    }

    /// Gives commands that waited for the connection the full time for their replies.
    mutating func restart(deadline: NIODeadline) {
        for index in waiting.indices { waiting[index].deadline = deadline }
    }

    // MARK: - Replies

    mutating func take(_ reply: RedisReply) -> Delivery {
        guard let oldest = waiting.popFirst() else { return .unexpected }
        switch oldest.expected {
        case .ignored:
            return .nothing
        case .reply(let completion):
            return .reply(reply, completion)
        case .firstRecord:
            firstRecord = CommandQueue.value(reply)
            return .nothing
        case .onlyRecord(let completion):
            return CommandQueue.delivery(CommandQueue.value(reply), .known(nil), completion)
        case .secondRecord(let completion):
            let first = firstRecord
            firstRecord = .unavailable(nil)
            return CommandQueue.delivery(first, CommandQueue.value(reply), completion)
        }
    }

    private static func delivery(_ first: Value, _ second: Value, _ completion: @escaping ReadCompletion) -> Delivery {
        switch (first, second) {
        case (.known(let first), .known(let second)): .reading(.values(first: first, second: second), completion)
        case (.unavailable(let code?), _), (_, .unavailable(let code?)): .refused(code, completion)
        case (.unavailable, _), (_, .unavailable): .reading(.unavailable, completion)
        }
    }

    private static func value(_ reply: RedisReply) -> Value {
        switch ReadValue(reply) {
        case .none: .known(nil)
        case .value(let octets): .known(octets)
        case .unfit: .known([])
        case .unavailable(let code): .unavailable(code)
        }
    }

    /// Empties the queue and tells everybody in it.
    ///
    /// Whoever is told may issue new commands to another queue.
    consuming func fail(_ error: StoreError) {
        for entry in waiting {
            switch entry.expected {
            case .onlyRecord(let completion), .secondRecord(let completion): completion(.unavailable)
            case .reply(let completion): completion(.failure(error))
            case .firstRecord, .ignored: break
            }
        }
    }
}
