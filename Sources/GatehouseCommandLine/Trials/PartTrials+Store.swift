internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseDatabase
internal import GatehouseRedis
internal import GatehouseSessions
internal import GatehouseSystem
internal import GatehouseTerminal
internal import Logging
internal import NIOPosix

/// The keys, and the store of sessions with everything that is asked of it.
extension PartTrials.Trial {
    /// Reading the configuration has read them: whoever comes here has keys of the right length that nobody else can read.
    static func keys(_ configuration: Configuration) -> Self {
        Self("keys") {
            let keys = configuration.keys
            let others = keys.seal.count - 1
            let rest = others == 0 ? "" : " and \(others) more that still open\(others == 1 ? "s" : "")"
            return [
                PartReport(
                    "keys",
                    .works(
                        "a lookup key of \(keys.lookup.octets.count) octets, the sealing key \(keys.seal.first?.id ?? 0)\(rest)"
                    ))
            ]
        }
    }

    static func sessionStore(_ configuration: Configuration) -> Self {
        Self("sessions.store") {
            switch configuration.sessions.store {
            case .redis(let location): await tried(location, configuration)
            case .sqlite(let path): await tried(path, configuration)
            }
        }
    }

    private static func tried(_ location: RedisLocation, _ configuration: Configuration) async -> [PartReport] {
        var settings = RedisSettings(location)
        settings.connectDeadline = PartTrials.limit - .seconds(1)
        settings.commandDeadline = PartTrials.limit - .seconds(1)
        let place = "Redis at \(settings.place)"
        guard let mark = try? SystemRandom.octets(8) else {
            return [PartReport("sessions.store", .fails("the system gave no random octets"))]
        }
        let store = RedisStore(
            settings: settings, eventLoop: MultiThreadedEventLoopGroup.singleton.next(),
            logger: Logger(label: "gatehouse.check") { _ in SwiftLogNoOpLogHandler() })
        let prefix = configuration.sessions.prefix
        let trial = await store.trial(
            keysBelow: prefix, mark: Base64URL.encode(mark), now: WallClock.now(), database: location.database)
        let left = trial == .works ? await probe(in: store, configuration) : nil
        let isKept = trial == .works && configuration.sessions.cache > 0
        let untold = isKept ? await store.missingTrackingRights() : []
        await store.close()
        return [report(trial, location, place, prefix)] + doubts(left, configuration) + doubts(untold, location, place)
    }

    /// Says so if checks will work, and ask Redis each time.
    private static func doubts(_ untold: [String], _ location: RedisLocation, _ place: String) -> [PartReport] {
        guard !untold.isEmpty else { return [] }
        let user = shown(location.username ?? "default")
        let rights = untold.joined(separator: " ")
        return [
            PartReport(
                "sessions.cache",
                .doubtful(
                    "\(place) may not tell \(user) of changes, so that each check asks it: run in redis-cli: ACL SETUSER "
                        + "\(user) \(rights); or set sessions.cache = \"0KiB\""))
        ]
    }

    private static func report(
        _ trial: RedisTrial, _ location: RedisLocation, _ place: String, _ prefix: String
    ) -> PartReport {
        let user = shown(location.username ?? "default")
        let secret = location.isPasswordApart ? "sessions.password" : "sessions.store"
        switch trial {
        case .works:
            return PartReport(
                "sessions.store", .works("\(place) does everything for \(user) on keys that begin with \(prefix)"))
        case .unreachable(let reason), .unfit(let reason):
            return PartReport("sessions.store", .fails("\(place): \(reason)"))
        case .wrongPassword:
            let what = location.isPasswordApart ? "the password" : "the user or the password in the address"
            return PartReport(secret, .fails("\(place) refuses \(what), for the user \(user) (WRONGPASS)"))
        case .passwordMissing:
            return PartReport(
                "sessions.password", .fails("\(place) wants a password (NOAUTH), and none is set: set it here"))
        case .passwordUnwanted:
            return PartReport(
                secret,
                .fails("\(place) has no password for its user default: remove it here, or set requirepass there"))
        case .lacks(let rights):
            let rights = rights.joined(separator: " ")
            return PartReport(
                "sessions.store",
                .fails("\(place): its user \(user) lacks \(rights); run in redis-cli: ACL SETUSER \(user) \(rights)"))
        }
    }

    private static func tried(_ path: String, _ configuration: Configuration) async -> [PartReport] {
        let part = "sessions.store"
        if let problem = Files.problem(withDatabase: path) { return [PartReport(part, .fails(problem))] }
        guard Files.exists(path) else { return [PartReport(part, .works("\(path): is made at the start"))] }
        let key = secrets(configuration)?.probeKey ?? RecordKey([])
        let result: Result<[UInt8]?, StoreError>
        do throws(BackendError) {
            result = try await WorkerPool(workers: 1, memoryBudgetKiB: 1).run(memoryKiB: 0) {
                do throws(StoreError) {
                    return .success(try SQLiteRecordStore.tryOut(path, reading: key, now: WallClock.now()))
                } catch {
                    return .failure(error)
                }
            }
        } catch {
            result = .failure(.unavailable(reason: "\(error)"))
        }
        switch result {
        case .success(let left):
            return [PartReport(part, .works("\(path): can be read and written"))] + doubts(left, configuration)
        case .failure(let error): return [PartReport(part, .fails("\(path): \(error.reason)"))]
        }
    }

    // MARK: - Is it the same lookup key?

    private static func secrets(_ configuration: Configuration) -> SessionSecrets? {
        guard let lookup = try? LookupKey(configuration.keys.lookup.octets),
            let seal = try? SealKeyRing(
                configuration.keys.seal.map { SealKeyRing.Key(id: $0.id, secret: $0.secret.octets) })
        else { return nil }
        return SessionSecrets(lookup: lookup, seal: seal, prefix: configuration.sessions.prefix)
    }

    private static func probe(in store: RedisStore, _ configuration: Configuration) async -> [UInt8]? {
        guard let key = secrets(configuration)?.probeKey else { return nil }
        return try? await store.value(for: key)
    }

    /// Says so if the daemon that used the store last had another lookup key.
    private static func doubts(_ left: [UInt8]?, _ configuration: Configuration) -> [PartReport] {
        guard secrets(configuration)?.isOwn(probe: left) == false else { return [] }
        return [
            PartReport(
                "keys.lookup",
                .doubtful(
                    "the sessions in this store were made with another lookup key: put that one back, or everybody has to sign in "
                        + "again; with several replicas, all of them need the same one"))
        ]
    }
}
