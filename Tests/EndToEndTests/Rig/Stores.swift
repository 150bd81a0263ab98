internal import Foundation
internal import GatehouseTestSupport

/// Where a stack keeps its sessions and its people.
struct Stores: Sendable {
    enum Sessions: String { case redis, embedded }
    enum People: String { case sqlite, postgresql }

    var sessions: Sessions
    var people: People

    /// What `TEST_SESSIONS` and `TEST_PEOPLE` say: the same tests are run with each.
    static var chosen: Stores {
        let environment = ProcessInfo.processInfo.environment
        return Stores(
            sessions: environment["TEST_SESSIONS"].flatMap(Sessions.init) ?? .redis,
            people: environment["TEST_PEOPLE"].flatMap(People.init) ?? .sqlite)
    }

    /// For tests that reach into Redis themselves.
    static var redis: Stores { Stores(sessions: .redis, people: chosen.people) }
}

/// The servers behind a stack, started for it alone.
struct RunningStores: Sendable {
    let redis: RedisServer?
    let postgres: PostgresServer?
    /// For the configuration: `sessions.store` and `database.url`.
    let sessionsURL: String
    let databaseURL: String

    /// Starts what is needed; with `database`, people are in that one already.
    static func start(_ stores: Stores, database: String? = nil) async throws -> RunningStores {
        let redis: RedisServer? = stores.sessions == .redis ? try await RedisServer.start() : nil
        let postgres: PostgresServer? =
            stores.people == .postgresql && database == nil ? try await PostgresServer.start() : nil
        return RunningStores(
            redis: redis, postgres: postgres,
            sessionsURL: redis.map { "redis://127.0.0.1:\($0.port)/0" } ?? "sqlite:sessions.db",
            databaseURL: try database ?? postgres?.makeDatabase() ?? "sqlite:gatehouse.db")
    }

    func stop() {
        redis?.thaw()
        redis?.kill()
        postgres?.thaw()
        postgres?.kill()
    }
}
