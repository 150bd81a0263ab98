import GatehouseCore
import GatehouseTestSupport
import NIOCore
import NIOPosix
import Testing

@testable import GatehouseRedis

@Suite("Counting attempts in Redis")
struct RedisThrottleTests {
    private var loop: any EventLoop { MultiThreadedEventLoopGroup.singleton.next() }

    @Test(
        "follows the rules exactly, also as the user that the documentation names",
        arguments: [Way.tcp, .documentedUser])
    func conforms(way: Way) async throws {
        let (server, settings) = try await way.start()
        defer { server.kill() }
        let stores = (0..<2).map { _ in RedisStore(settings: settings, eventLoop: loop, logger: LogLines().logger) }
        for store in stores { #expect(await eventually { (try? await store.ping()) != nil }) }
        try await ThrottleStoreCheck.agreesWithTheRules(stores[0], seed: 7)
        try await ThrottleStoreCheck.passesOverGarbage(stores[0])
        try await ThrottleStoreCheck.letsNoMorePass(stores)
        try await ThrottleStoreCheck.takesBackWhatIsMeant(stores)
        try await ThrottleStoreCheck.forgetsTheFuture(stores[0])
        try await ThrottleStoreCheck.forgetsFewFailures(stores[0]) { _ in }
        for store in stores { await store.close() }
    }

    @Test("lets nobody try while Redis gives no answer")
    func down() async throws {
        let (server, settings) = try await Way.tcp.start()
        let store = RedisStore(settings: settings, eventLoop: loop, logger: LogLines().logger)
        #expect(await eventually { (try? await store.ping()) != nil })
        server.kill()
        let counter = ThrottleCounter(key: RecordKey("gh:t:{x}:a"), rule: ThrottleRule(limit: 1, window: .seconds(1)))
        await #expect(throws: StoreError.self) { try await store.count([counter], now: Timestamp(milliseconds: 0)) }
        await store.close()
    }
}
