import GatehouseCore
import GatehouseCrypto
import GatehouseDatabase
import GatehouseOIDC
import GatehousePeople
import GatehouseRedis
import GatehouseSessions
import GatehouseTestSupport
import Logging
import NIOPosix
import Testing

/// The stores that records live in.
enum StoreKind: String, CaseIterable, CustomTestStringConvertible {
    case memory, embedded, redis

    var testDescription: String { rawValue }
}

/// A store of one kind, for as long as this is held.
final class StoreUnderTest: Sendable {
    let store: any RecordStore
    private let folder: TemporaryFolder?
    private let server: RedisServer?

    init(_ kind: StoreKind, _ clock: ManualClock) async throws {
        switch kind {
        case .memory: (store, folder, server) = (MemoryRecordStore { clock.now }, nil, nil)
        case .embedded:
            let folder = try TemporaryFolder()
            store = try SQLiteRecordStore(path: folder.file("records.db")) { clock.now }
            (self.folder, server) = (folder, nil)
        case .redis:
            let server = try await RedisServer.start(
                users: ["user gatehouse on >opensesame \(RedisServer.documentedRules)"])
            let settings = RedisSettings(
                address: .tcp(host: "127.0.0.1", port: server.port), username: "gatehouse",
                password: RedisPassword(Array("opensesame".utf8)))
            let redis = RedisStore(
                settings: settings, eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
                logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() })
            #expect(await eventually { (try? await redis.ping()) != nil })
            (store, folder, self.server) = (redis, nil, server)
        }
    }

    deinit { server?.kill() }
}

/// A provider that answers what a test tells it to, and waits until it may.
final class FakeGate: ProviderGate {
    let provider: Provider
    private struct State {
        var answers: [Result<ProviderSignIn, ProviderError>] = []
        var asked: [UTF8Text?] = []
        var before: @Sendable () async -> Void = {}
    }

    private let state = Mutexed(State())

    init(_ provider: Provider) { self.provider = provider }

    /// The refresh tokens that it was asked with.
    var asked: [UTF8Text?] { state.value.asked }

    /// What it answers next; the last answer stays.
    func answer(_ answers: Result<ProviderSignIn, ProviderError>...) { state.change { $0.answers = answers } }

    /// What happens while it is asked.
    func meanwhile(_ work: @escaping @Sendable () async -> Void) { state.change { $0.before = work } }

    func recheck(
        _ tokens: ProviderTokens, of subject: ExternalSubject, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn {
        state.change { $0.asked.append(tokens.refresh) }
        await state.value.before()
        guard let answer = state.value.answers.first else { throw .outage(reason: "no answer") }
        state.change { if $0.answers.count > 1 { $0.answers.removeFirst() } }
        return try answer.get()
    }

    func start(_ wish: AuthorizationWish, now: Timestamp) async throws(ProviderError) -> AuthorizationRequest {
        throw .outage(reason: "not here")
    }

    func finish(
        _ answer: AuthorizationAnswer, of started: StartedSignIn, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn { throw .outage(reason: "not here") }

    func signOutAddress(hint: ProviderTokens?, returnTo: String) async -> String? { nil }

    func judge(logoutToken: [UInt8], now: Timestamp) async throws(ProviderError) -> LogoutNotice {
        throw .outage(reason: "not here")
    }

    func revoke(_ tokens: ProviderTokens) {}
}
