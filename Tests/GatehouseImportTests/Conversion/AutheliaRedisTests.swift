import GatehouseConfig
import GatehouseCore
import GatehouseImport
import Testing

@Suite("Authelia's configuration of Redis")
struct AutheliaRedisTests {
    @Test("keeps the Sentinels that know where Redis is")
    func sentinels() throws {
        let high = """
            redis:
                host: sentinel-0
                high_availability:
                  sentinel_name: authelia
                  sentinel_username: watcher
                  sentinel_password: not-for-anybody
                  nodes:
                    - host: sentinel-0
                      port: 26379
                    - host: fd00::2
                      port: 7
            """
        let site = try ConvertedSite(
            AutheliaConversionTests.whole.replacing("redis:\n    host: redis\n    port: 6379", with: high), .authelia)
        #expect(!site.text.contains("not-for-anybody"))
        guard case .redis(let redis) = site.configuration.sessions.store else { throw Unexpected() }
        #expect(
            redis.place
                == .sentinels(
                    [.tcp(host: "sentinel-0", port: 26_379), .tcp(host: "fd00::2", port: 7)], master: "authelia"))
        #expect(redis.database == 2 && redis.sentinelUsername == "watcher" && redis.sentinelPassword != nil)
    }

    private struct Unexpected: Error {}
}
