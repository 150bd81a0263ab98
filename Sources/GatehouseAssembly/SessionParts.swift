package import GatehouseConfig
package import GatehouseCore
package import GatehouseCrypto
package import GatehouseDatabase
internal import GatehouseLogging
package import GatehouseRedis
package import GatehouseSessions
package import GatehouseTerminal
package import GatehouseThrottle
package import Logging
package import NIOCore
internal import NIOPosix

/// The store of sessions and the keys to it, for the daemon and for the command line.
package struct SessionParts: Sendable {
    /// What the event loops of the check listener read from.
    package let source: Source
    package let store: any ClosableStore
    /// The connection of pages, where the store has one.
    package let link: LinkCounts?
    /// What event loops keep of a Redis: what is written here counts there at once.
    package let readers = CachedReaders()
    package let lookup: LookupKey
    package let secrets: SessionSecrets
    package let keeper: SessionKeeper
    package let throttle: Throttle

    package enum Source: Sendable {
        case redis(RedisSettings)
        case embedded(SQLiteRecordStore)

        /// What OpenTelemetry's conventions call it.
        package var system: String {
            switch self {
            case .redis: "redis"
            case .embedded: "sqlite"
            }
        }
    }

    /// Opens the store.
    ///
    /// With `isPatient` Redis has 5 s to connect and for each answer: somebody waits for it, and nobody else does.
    private init(
        _ configuration: Configuration, on loop: any EventLoop, logger: Logger, isPatient: Bool
    ) throws(StoreError) {
        switch configuration.sessions.store {
        case .redis(let location):
            var settings = RedisSettings(location)
            if isPatient {
                settings.connectDeadline = .seconds(5)
                settings.commandDeadline = .seconds(5)
            }
            source = .redis(settings)
            let counts = LinkCounts()
            link = counts
            store = RedisStore(settings: settings, eventLoop: loop, logger: logger, counts: counts, readers: readers)
        case .sqlite(let path):
            let embedded: SQLiteRecordStore
            do { embedded = try SQLiteRecordStore(path: path, now: WallClock.now) } catch {
                throw .unavailable(reason: "\(path): \(error.reason)")
            }
            source = .embedded(embedded)
            store = embedded
            link = nil
        }
        let seal: SealKeyRing
        do throws(CryptoError) {
            lookup = try LookupKey(configuration.keys.lookup.octets)
            seal = try SealKeyRing(
                configuration.keys.seal.map { SealKeyRing.Key(id: $0.id, secret: $0.secret.octets) })
        } catch {
            throw .unavailable(reason: "\(error)")
        }
        let prefix = configuration.sessions.prefix
        secrets = SessionSecrets(lookup: lookup, seal: seal, prefix: prefix)
        keeper = SessionKeeper(
            store: store, secrets: secrets, limits: configuration.sessions.limits,
            rememberedLimits: configuration.sessions.rememberedLimits,
            mostSessions: configuration.sessions.perUser, longestSessions: configuration.longestSessions,
            names: .django)
        throttle = Throttle(
            store: store, lookup: lookup, seal: seal, prefix: prefix, limits: ThrottleLimits(configuration.throttle),
            names: .django)
    }

    /// Opens the store for the daemon.
    ///
    /// - Throws: `Failure.unknown` if that cannot be done.
    package static func open(
        _ configuration: Configuration, on loop: any EventLoop, logger: Logger
    ) throws(Failure) -> SessionParts {
        do throws(StoreError) {
            return try SessionParts(configuration, on: loop, logger: logger, isPatient: false)
        } catch {
            throw .unknown("sessions.store: \(error.reason)")
        }
    }

    /// Opens the store for a command, which closes it.
    package static func patient(_ configuration: Configuration) throws(StoreError) -> SessionParts {
        let logger = Logger(label: "gatehouse") { LineLog(label: $0, levels: LogLevels(.error), output: .terminal) }
        return try SessionParts(
            configuration, on: MultiThreadedEventLoopGroup.singleton.next(), logger: logger, isPatient: true)
    }

    /// Opens the store for a piece of a command's work and closes it afterwards.
    ///
    /// - Throws: `SessionError` if it cannot be opened, and what the work throws.
    package static func with<Result>(
        _ configuration: Configuration, _ work: (SessionParts) async throws(SessionError) -> Result
    ) async throws(SessionError) -> Result {
        let parts: SessionParts
        do { parts = try patient(configuration) } catch { throw .unavailable(reason: error.reason) }
        do throws(SessionError) {
            let result = try await work(parts)
            await parts.store.close()
            return result
        } catch {
            await parts.store.close()
            throw error
        }
    }

    /// The records behind secrets of one kind that are used once.
    package func secretRecords(_ kind: SecretKind) -> SecretRecords {
        SecretRecords(kind, in: store, secrets: secrets)
    }
}

extension Configuration {
    /// How long sessions of single backends may last in all.
    fileprivate var longestSessions: [BackendName: Duration] {
        var longest: [BackendName: Duration] = [:]
        for table in backends {
            guard case .ldap(let directory) = table.kind else { continue }
            longest[table.name] = directory.longestSession
        }
        return longest
    }
}

/// A record store that can be closed when a command is done with it.
package protocol ClosableStore: ThrottleStore {
    /// Closes the store for good; later calls are `unavailable`.
    func close() async
}

extension RedisStore: ClosableStore {}
extension SQLiteRecordStore: ClosableStore {}

extension StoreError {
    package var reason: String {
        switch self {
        case .unavailable(let reason): reason
        }
    }
}

extension ThrottleLimits {
    init(_ table: ThrottleTable) {
        func rule(_ limit: Int, free: Int) -> ThrottleRule {
            ThrottleRule(
                limit: limit, window: table.window, free: min(free, limit), total: table.inTotal, block: table.block)
        }
        self.init(
            pair: ThrottleRule(
                limit: table.perAccountAndAddress, window: table.window, free: min(3, table.perAccountAndAddress),
                block: table.block),
            account: rule(table.perAccount, free: 5), device: rule(table.perDevice, free: 5),
            address: ThrottleRule(limit: table.perAddress, window: table.window, block: table.block),
            mails: ThrottleRule(limit: table.mailsPerAccount, window: .seconds(3_600)),
            mailsFromAddress: ThrottleRule(limit: table.mailsPerAddress, window: .seconds(3_600)))
    }
}

extension RedisSettings {
    package init(_ location: RedisLocation) {
        let place: RedisPlace =
            switch location.place {
            case .server(let address): .server(address)
            case .sentinels(let addresses, let master):
                .master(
                    SentinelSettings(
                        addresses: addresses, master: master, username: location.sentinelUsername,
                        password: location.sentinelPassword.map { RedisPassword($0.octets) }))
            }
        self.init(
            place: place, username: location.username, password: location.password.map { RedisPassword($0.octets) },
            database: location.database)
    }
}
