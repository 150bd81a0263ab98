import GatehouseCore
import GatehouseCrypto
import GatehouseRedis
import GatehouseSessions
import Glibc
import Logging
import NIOPosix

/// Fills a Redis with sessions for the benchmark and prints their cookies, one a line: signing in ten thousand times
/// would measure nothing but password hashes.
@main
struct BenchmarkSessions {
    static func main() async {
        let arguments = CommandLine.arguments
        guard arguments.count == 5, let port = UInt16(arguments[1]), let count = Int(arguments[4]) else {
            print("usage: BenchmarkSessions REDIS-PORT LOOKUP-KEY SEAL-KEY COUNT (keys as base64url)")
            exit(2)
        }
        do {
            try await make(count, port: port, lookup: arguments[2], seal: arguments[3])
        } catch {
            print("cannot make sessions: \(error)")
            exit(3)
        }
    }

    private static func make(_ count: Int, port: UInt16, lookup: String, seal: String) async throws {
        let secrets = SessionSecrets(
            lookup: try LookupKey(Base64URL.decode(Array(lookup.utf8).span) ?? []),
            seal: try SealKeyRing([.init(id: 1, secret: Base64URL.decode(Array(seal.utf8).span) ?? [])]), prefix: "gh:")
        var logger = Logger(label: "benchmark")
        logger.logLevel = .error
        let store = RedisStore(
            settings: RedisSettings(address: .tcp(host: "127.0.0.1", port: port)),
            eventLoop: MultiThreadedEventLoopGroup.singleton.next(), logger: logger)
        let keeper = SessionKeeper(store: store, secrets: secrets)
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        let now = Timestamp(milliseconds: Int64(time.tv_sec) * 1_000)
        for number in 0..<count {
            let person = number % 1_000
            let identity = Identity(
                user: UserReference(backend: "database", id: UTF8Text("\(person)")), name: UserName("user\(person)"),
                displayName: "Some Body", email: "some@example.com", groups: ["admins", "staff"],
                permissions: ["reports.change_report", "reports.view_report"])
            let started = try await keeper.start(for: identity, isRemembered: false, replacing: nil, now: now)
            print(started.token.text)
        }
        await store.close()
    }
}
