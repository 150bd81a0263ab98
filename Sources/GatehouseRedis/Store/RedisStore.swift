package import GatehouseCore
package import Logging
package import NIOCore

/// Redis as the store of records, for any task: the portal's and the command line's way.
///
/// Owns a link on one event loop. Nothing is repeated once it may have counted: only a script that Redis does not know,
/// and therefore did not run, is loaded and called again.
package struct RedisStore: RecordStore {
    let eventLoop: any EventLoop
    let link: NIOLoopBoundBox<RedisLink?>
    private let removalDeadline: TimeAmount
    private let counts: LinkCounts
    /// Where copies may lie that have to go when something is written.
    private let readers: CachedReaders?

    /// The most keys of one `remove` that travel together.
    private static let removedTogether = 1_000

    /// Starts to connect; calls made meanwhile wait for the connection for a moment.
    package init(
        settings: RedisSettings, eventLoop: any EventLoop, logger: Logger, counts: LinkCounts = LinkCounts(),
        readers: CachedReaders? = nil
    ) {
        self.readers = readers
        self.eventLoop = eventLoop
        self.counts = counts
        removalDeadline = TimeAmount(settings.commandDeadline * 2)
        let link = NIOLoopBoundBox.makeEmptyBox(valueType: RedisLink.self, eventLoop: eventLoop)
        self.link = link
        eventLoop.execute {
            let made = RedisLink(settings: settings, eventLoop: eventLoop, logger: logger, counts: counts)
            link.value = made
            made.start()
        }
    }

    /// Closes the connection for good; later calls are `unavailable`.
    package func close() async {
        let link = link
        try? await eventLoop.submit {
            link.value?.close()
            link.value = nil
        }.get()
    }

    package func value(for key: RecordKey) async throws(StoreError) -> [UInt8]? {
        guard let reply = try await replies(to: [.read(key.bytes)]).first else { throw RedisStore.unexpected }
        switch ReadValue(reply) {
        case .value(let octets): return octets
        case .unfit: return []
        case .unavailable(let code): throw code.map(RedisStore.refused) ?? RedisStore.unexpected
        case .none:
            // An empty value reads like none.
            switch try await ask(RedisCommand("GET", key.bytes)) {
            case .bulk(let value): return value
            case .null: return nil
            case .ok, .status, .integer, .array, .error: throw RedisStore.unexpected
            }
        }
    }

    package func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        let outcome: Result<Bool, StoreError>
        do { outcome = .success(try await set(value, for: key, expiresIn: expiresIn, when: condition)) } catch {
            outcome = .failure(error)
        }
        // Also without an answer: it may have counted.
        await readers?.drop([key])
        return try outcome.get()
    }

    private func set(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool {
        guard value.count <= RecordLimits.valueBytes else { throw .tooLarge }
        let expiry = [UInt8](decimal: expiresIn.redisMilliseconds)
        let set = [key.bytes, value, Array("PX".utf8), expiry]
        let reply =
            switch condition {
            case .always: try await ask(RedisCommand("SET", set))
            case .ifMissing: try await ask(RedisCommand("SET", set + [Array("NX".utf8)]))
            case .ifPresent: try await ask(RedisCommand("SET", set + [Array("XX".utf8)]))
            case .ifEqual(let expected):
                try await run(.compareAndSet, RedisScript.compareAndSet.call(key: key.bytes, expected, value, expiry))
            }
        switch reply {
        case .ok, .integer(1): return true
        case .null, .integer(0): return false
        case .status, .integer, .bulk, .array, .error: throw RedisStore.unexpected
        }
    }

    /// One `UNLINK` per key: they may lie in different slots of a cluster.
    ///
    /// Copies that event loops of this process keep are gone when it returns.
    package func remove(_ keys: [RecordKey]) async throws(StoreError) {
        let outcome: Result<Void, StoreError>
        do { outcome = .success(try await unlink(keys)) } catch { outcome = .failure(error) }
        await readers?.drop(keys)
        try outcome.get()
    }

    private func unlink(_ keys: [RecordKey]) async throws(StoreError) {
        let deadline = NIODeadline.now() + removalDeadline
        var rest = keys[...]
        while !rest.isEmpty {
            guard NIODeadline.now() < deadline else { throw .unavailable(reason: "too many keys to remove in time") }
            let commands = rest.prefix(RedisStore.removedTogether).map { RedisCommand("UNLINK", $0.bytes) }
            rest = rest.dropFirst(RedisStore.removedTogether)
            for reply in try await replies(to: commands) { _ = try RedisStore.accepted(reply) }
        }
    }

    package func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError) {
        let expiry = [UInt8](decimal: expiresIn.redisMilliseconds)
        _ = try await run(.addMember, RedisScript.addMember.call(key: key.bytes, member, expiry))
    }

    package func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError) {
        let reply = try await replies(to: [RedisCommand("SREM", key.bytes, member)]).first
        if reply != .error(.wrongType) { _ = try RedisStore.accepted(reply ?? .null) }
    }

    package func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]] {
        guard case .bulk(let packed) = try await run(.members, RedisScript.members.call(key: key.bytes)),
            let members = RedisStore.unpacked(packed)
        else { throw RedisStore.unexpected }
        return members
    }

    package func ping() async throws(StoreError) { _ = try await ask(RedisCommand("PING")) }

    // MARK: - Replies

    static let unexpected = StoreError.unavailable(reason: "Redis gave an unexpected reply")

    /// Each member after its length in four octets; `nil` if that does not add up.
    private static func unpacked(_ packed: [UInt8]) -> [[UInt8]]? {
        var members: [[UInt8]] = []
        var rest = packed[...]
        while !rest.isEmpty {
            guard rest.count >= 4 else { return nil }
            let length = rest.prefix(4).reduce(0) { $0 << 8 | Int($1) }
            rest = rest.dropFirst(4)
            guard rest.count >= length else { return nil }
            members.append(Array(rest.prefix(length)))
            rest = rest.dropFirst(length)
        }
        return members
    }

    private static func accepted(_ reply: RedisReply) throws(StoreError) -> RedisReply {
        guard case .error(let code) = reply else { return reply }
        throw refused(code)
    }

    private static func refused(_ code: RedisErrorCode) -> StoreError {
        .unavailable(reason: "Redis refused a command: \(code.rawValue)")
    }

    private func ask(_ command: RedisCommand) async throws(StoreError) -> RedisReply {
        guard let reply = try await replies(to: [command]).first else { throw RedisStore.unexpected }
        return try RedisStore.accepted(reply)
    }

    func run(_ script: RedisScript, _ call: RedisCommand) async throws(StoreError) -> RedisReply {
        let reply = try await replies(to: [call]).first
        guard reply == .error(.noScript) else { return try RedisStore.accepted(reply ?? .null) }
        _ = try await ask(script.load)
        return try await ask(call)
    }

    /// Hops to the link's loop, sends the commands in one write and waits for all replies.
    func replies(to commands: [RedisCommand]) async throws(StoreError) -> [RedisReply] {
        let link = link
        let eventLoop = eventLoop
        let begin = NIODeadline.now()
        var isFailure = true
        defer {
            counts.answered(after: .nanoseconds((NIODeadline.now() - begin).nanoseconds), isFailure: isFailure)
        }
        do {
            let replies = try await eventLoop.flatSubmit {
                let futures = commands.map { command in
                    let promise = eventLoop.makePromise(of: RedisReply.self)
                    if let link = link.value {
                        link.send(command) { promise.completeWith($0.mapError { $0 as any Error }) }
                    } else {
                        promise.fail(StoreError.unavailable(reason: "the link to Redis is closed"))
                    }
                    return promise.futureResult
                }
                return EventLoopFuture.whenAllSucceed(futures, on: eventLoop)
            }.get()
            isFailure = false
            return replies
        } catch let error as StoreError {
            throw error
        } catch {
            throw .unavailable(reason: "\(error)")
        }
    }
}
