internal import GatehouseContracts
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseListener
internal import GatehouseServer
internal import GatehouseSessions
internal import Glibc
internal import Logging
internal import NIOCore
internal import NIOPosix

/// Checks of somebody whose session is known, over one connection to a listener of this process.
enum WarmCheck {
    private static let now = Timestamp(milliseconds: 1_800_000_000_000)

    /// A header line of a trace that nobody keeps, and of one that is kept.
    static let unsampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"
    static let sampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    /// Runs `body` with a function that sends one check and takes its answer, without an allocation of its own.
    ///
    /// `tracer` takes spans, and `trace` is one more line of the request.
    static func run(
        _ tracer: Tracer? = nil, trace: String? = nil, _ body: (_ ask: () throws -> Void) throws -> Void
    ) async throws {
        let sample = try Sample()
        let secrets = SessionSecrets(
            lookup: try LookupKey([UInt8](repeating: 1, count: 32)),
            seal: try SealKeyRing([SealKeyRing.Key(id: 1, secret: [UInt8](repeating: 2, count: 32))]), prefix: "gh:")
        guard let token = SecretToken(octets: [UInt8](repeating: 3, count: 32)), let loopback = IPAddress("127.0.0.1")
        else { throw Unexpected() }
        let records = try records(of: sample.identity, token: token, secrets: secrets)
        let generation = Generation(
            policy: sample.policy, headers: sample.policy.applications.map { _ in .remote }, secrets: secrets,
            cookies: CookieNames(session: SessionCookieName("__Host-gatehouse"), others: []),
            proxies: TrustedProxies(networks: Network.loopback), login: LoginAddress(portal: "https://auth.example.com")
        )
        let group = MultiThreadedEventLoopGroup(numberOfThreads: 1)
        let logger = Logger(label: "allocations") { _ in SwiftLogNoOpLogHandler() }
        let sockets = try ListeningSocket.openAll([("check.listen", .tcp(host: loopback, port: 0))])
        let listener = try await CheckListener<KeptRecords>.start(
            on: group, sockets: sockets, logger: logger, clock: { now },
            makeEngine: { _ in
                try CheckEngine(
                    generation: generation, reader: KeptRecords(records), metrics: CheckMetrics(), logger: logger,
                    tracing: tracer.map { CheckTracing($0, store: "redis") }, now: { now },
                    refreshIdentity: { _, done in done() })
            })
        guard let port = listener.addresses.first?.split(separator: ":").last.flatMap({ UInt16($0) }) else {
            throw Unexpected()
        }
        let lines = ["__Host-gatehouse=\(token.text)"] + (trace.map { [$0] } ?? [])
        let client = try BlockingClient(port: port, request: Sample.head(cookie: lines.joined(separator: "\n")))
        try body { try client.ask() }
        await listener.stop()
        try await group.shutdownGracefully()
    }

    private static func records(
        of identity: Identity, token: SecretToken, secrets: SessionSecrets
    ) throws -> [RecordKey: [UInt8]] {
        let vault = try secrets.makeVault()
        let session = Session(
            user: identity.user, signedInAt: now, lastSeen: now,
            limits: SessionLimits(idle: .seconds(3_600), absolute: .seconds(86_400)), isRemembered: false, epoch: 0)
        let sessionKey = vault.sessionKey(try vault.id(of: token))
        let identityKey = vault.identityKey(try vault.id(of: identity.user))
        return [
            sessionKey: try vault.seal(session, for: sessionKey),
            identityKey: try vault.seal(
                StoredIdentity(identity: identity, epoch: 0, readAt: now), for: identityKey),
        ]
    }
}

/// A store that answers at once.
private final class KeptRecords: RecordReader {
    private let records: [RecordKey: [UInt8]]

    init(_ records: [RecordKey: [UInt8]]) { self.records = records }

    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        completion(.values(first: records[first], second: second.flatMap { records[$0] }))
    }

    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {}
    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {}
}

/// A proxy's connection that waits for each answer.
private final class BlockingClient {
    private let descriptor: Int32
    private let request: [UInt8]
    private var answer = [UInt8](repeating: 0, count: 4_096)

    init(port: UInt16, request: [UInt8]) throws {
        self.request = request
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = in_port_t(port).bigEndian
        address.sin_addr.s_addr = in_addr_t(0x7F00_0001).bigEndian
        let descriptor = descriptor
        let connected = unsafe withUnsafePointer(to: &address) { pointer in
            unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard connected == 0 else { throw Unexpected() }
    }

    deinit { close(descriptor) }

    /// The answer has no body and comes in one piece: one read takes it whole.
    func ask() throws {
        guard unsafe send(descriptor, request, request.count, 0) == request.count,
            unsafe recv(descriptor, &answer, answer.count, 0) > 12, answer[9] == UInt8(ascii: "2")
        else { throw Unexpected() }
    }
}
