import GatehouseCore
import GatehouseTestSupport
import NIOCore
import NIOPosix

@testable import GatehouseRedis

/// A reader on a loop of its own, used from tests.
final class ReaderOnLoop: Sendable {
    private let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
    let loop: any EventLoop
    private let reader: NIOLoopBound<CachedReader>
    let log = LogLines()
    let counts = CacheCounts()

    init(
        _ settings: RedisSettings, octets: Int = 1 << 20, grace: Duration = .zero, among readers: CachedReaders? = nil
    ) async throws {
        loop = group.next()
        let (loop, counts, logger) = (loop, counts, log.logger)
        reader = try await loop.submit {
            let reader = CachedReader(
                settings: settings, limits: CachedReader.Limits(octets: octets, grace: grace), prefix: "gh:",
                eventLoop: loop, logger: logger, counts: counts)
            readers?.add(reader, on: loop)
            reader.start()
            return NIOLoopBound(reader, eventLoop: loop)
        }.get()
    }

    func with<Result: Sendable>(_ body: @escaping @Sendable (CachedReader) -> Result) async throws -> Result {
        let reader = reader
        return try await loop.submit { body(reader.value) }.get()
    }

    /// Reads whatever way is right.
    func read(_ first: String, _ second: String? = nil) async throws -> Reading {
        let (reader, loop) = (reader, loop)
        return try await loop.flatSubmit {
            let promise = loop.makePromise(of: Reading.self)
            reader.value.read(RecordKey(first), second.map { RecordKey($0) }) {
                promise.succeed(Reading($0, index: 0))
            }
            return promise.futureResult
        }.get()
    }

    /// What is answered without asking.
    func held(_ key: String) async throws -> String? {
        try await with { reader in
            reader.held(RecordKey(key), RecordKey(key)).map { String(decoding: $0.first, as: UTF8.self) }
        }
    }

    func tracks() async throws -> Bool {
        try await eventually(within: .seconds(60)) { try await with { $0.isTracking } }
    }

    func close() async throws {
        try await with { $0.close() }
        try await group.shutdownGracefully()
    }
}
