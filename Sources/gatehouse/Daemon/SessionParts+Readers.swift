internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseRedis
internal import Logging
internal import NIOCore

extension SessionParts {
    /// Begins to read from Redis for the checks of one event loop of several, which share what may be kept.
    func startReader(
        _ settings: RedisSettings, on loop: any EventLoop, of loops: Int, _ configuration: Configuration,
        _ counts: DaemonMetrics.Loop, _ logger: Logger
    ) -> CachedReader {
        let table = configuration.sessions
        let reader = CachedReader(
            settings: settings, limits: CachedReader.Limits(octets: table.cache / max(loops, 1), grace: table.grace),
            prefix: table.prefix, eventLoop: loop, logger: logger, link: counts.link, counts: counts.cache)
        readers.add(reader, on: loop)
        reader.start()
        return reader
    }
}
