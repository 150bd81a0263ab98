internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseRedis
internal import GatehouseSessions
internal import Logging
internal import NIOCore

/// The store of sessions and the keys to it, for the daemon and for the command line.
struct SessionParts: Sendable {
    let redis: RedisSettings
    let store: RedisStore
    let lookup: LookupKey
    let secrets: SessionSecrets
    let keeper: SessionKeeper

    init(_ configuration: Configuration, on loop: any EventLoop, logger: Logger) throws {
        redis = configuration.redisSettings
        store = RedisStore(settings: redis, eventLoop: loop, logger: logger)
        lookup = try LookupKey(configuration.keys.lookup.octets)
        let seal = try SealKeyRing(configuration.keys.seal.map { SealKeyRing.Key(id: $0.id, secret: $0.secret.octets) })
        secrets = SessionSecrets(lookup: lookup, seal: seal, prefix: configuration.sessions.prefix)
        keeper = SessionKeeper(
            store: store, secrets: secrets, limits: configuration.sessions.limits,
            rememberedLimits: configuration.sessions.rememberedLimits)
    }
}
