import GatehouseCore
import GatehouseTestSupport
import Logging
import NIOCore
import NIOPosix
import Synchronization

@testable import GatehouseRedis

/// A link on a loop of its own, used from tests.
final class LinkOnLoop: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    private let eventLoop: any EventLoop
    private let box: NIOLoopBoundBox<RedisLink?>
    let log = LogLines()

    init(_ settings: RedisSettings) async throws {
        eventLoop = group.next()
        box = .makeEmptyBox(valueType: RedisLink.self, eventLoop: eventLoop)
        let (box, eventLoop, logger) = (box, eventLoop, log.logger)
        try await eventLoop.submit {
            let link = RedisLink(settings: settings, eventLoop: eventLoop, logger: logger)
            box.value = link
            link.start()
        }.get()
    }

    /// Runs work on the loop, with the link.
    func withLink<Result: Sendable>(_ body: @escaping @Sendable (RedisLink) throws -> Result) async throws -> Result {
        let box = box
        return try await eventLoop.submit {
            guard let link = box.value else { throw ChannelError.alreadyClosed }
            return try body(link)
        }.get()
    }

    var isConnected: Bool { get async throws { try await withLink { $0.isConnected } } }

    /// Waits for a connection; a minute is far more than it takes.
    func connected() async throws -> Bool { try await eventually(within: .seconds(60)) { try await isConnected } }

    func read(_ first: String, _ second: String? = nil) async throws -> Reading {
        try await readMany([(first, second)])[0]
    }

    /// Reads, and tells how long it took.
    func timedRead(_ first: String, _ second: String? = nil) async throws -> (Reading, Duration) {
        let start = ContinuousClock.now
        let reading = try await read(first, second)
        return (reading, start.duration(to: .now))
    }

    /// Issues all reads in one tick of the loop; the answers come in the order of their completions.
    func readMany(_ pairs: [(String, String?)]) async throws -> [Reading] {
        let (box, eventLoop) = (box, eventLoop)
        return try await eventLoop.flatSubmit {
            let promise = eventLoop.makePromise(of: [Reading].self)
            let collected = Collected(expected: pairs.count, promise: promise)
            for (index, pair) in pairs.enumerated() {
                box.value?.read(RecordKey(pair.0), pair.1.map { RecordKey($0) }) { reading in
                    collected.add(Reading(reading, index: index))
                }
            }
            return promise.futureResult
        }.get()
    }

    func close() async throws {
        let box = box
        try await eventLoop.submit { box.value?.close() }.get()
        try await group.shutdownGracefully()
    }

    private final class Collected {
        private let expected: Int
        private let promise: EventLoopPromise<[Reading]>
        private var readings: [Reading] = []

        init(expected: Int, promise: EventLoopPromise<[Reading]>) {
            self.expected = expected
            self.promise = promise
        }

        func add(_ reading: Reading) {
            readings.append(reading)
            if readings.count == expected { promise.succeed(readings) }
        }
    }
}

/// A reading that tests can compare.
struct Reading: Equatable, Sendable {
    let index: Int
    let isAvailable: Bool
    let first: String?
    let second: String?

    init(_ reading: RecordReading, index: Int) {
        self.index = index
        switch reading {
        case .unavailable: (isAvailable, first, second) = (false, nil, nil)
        case .values(let a, let b):
            isAvailable = true
            first = a.map { String(decoding: $0, as: UTF8.self) }
            second = b.map { String(decoding: $0, as: UTF8.self) }
        }
    }
}

extension RecordKey {
    init(_ name: String) { self.init(Array(name.utf8)) }
}

/// Takes log lines, with their metadata, for a test to look at.
final class LogLines: Sendable {
    private let lines = Mutex<[String]>([])

    var all: [String] { lines.withLock { $0 } }

    func count(containing text: String) -> Int { all.count { $0.contains(text) } }

    var logger: Logger { Logger(label: "test") { _ in Handler(lines: self) } }

    private struct Handler: LogHandler {
        let lines: LogLines
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            lines.lines.withLock { $0.append("\(event.level) \(event.message) \(event.metadata ?? [:])") }
        }
    }
}

extension RedisServer {
    /// Settings with time enough for a busy machine; tests of deadlines pass the real one.
    func settings(
        username: String? = nil, password: String? = nil, database: Int = 0, commandDeadline: Duration = .seconds(20)
    ) -> RedisSettings {
        RedisSettings(
            address: .tcp(host: "127.0.0.1", port: port), username: username,
            password: password.map { RedisPassword(Array($0.utf8)) }, database: database, connectDeadline: .seconds(20),
            commandDeadline: commandDeadline)
    }
}
