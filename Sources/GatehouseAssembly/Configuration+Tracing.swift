package import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOutbound
package import GatehouseTerminal
package import GatehouseTracing
package import Logging

extension Configuration {
    /// What sends spans as the configuration wants it; `nil` for none.
    ///
    /// - Throws: `Failure.usage` if they cannot be sent in that way here.
    package func makeTracing(_ logger: Logger) throws(Failure) -> SpanExporter? {
        guard let tracing else { return nil }
        guard Outbound.isAvailable else {
            throw .usage("tracing.endpoint: \(OutboundError.libraryMissing.reason)")
        }
        let random: [UInt8]
        do { random = try SystemRandom.octets(24) } catch { throw .usage("tracing: \(error)") }
        let collector = Collector(tracing, instance: Self.uuid(random.prefix(16)))
        return SpanExporter(
            collector, share: tracing.sample, seed: random.suffix(8).reduce(0) { $0 << 8 | UInt64($1) }
        ) { report in
            switch report {
            case .failing(let reason):
                logger.warning(
                    "spans cannot be sent: look at tracing.endpoint and the collector there",
                    metadata: ["url": "\(collector.url)", "error": "\(reason)"])
            case .works: logger.notice("spans can be sent again", metadata: ["url": "\(collector.url)"])
            }
        }
    }

    /// Random octets as a UUID (RFC 9562, section 5.4).
    private static func uuid(_ octets: ArraySlice<UInt8>) -> String {
        var octets = Array(octets)
        octets[6] = octets[6] & 0x0F | 0x40
        octets[8] = octets[8] & 0x3F | 0x80
        let ends = [0, 4, 6, 8, 10, 16]
        return zip(ends, ends.dropFirst()).map { Hexadecimal.text(octets[$0..<$1]) }.joined(separator: "-")
    }
}

extension Collector {
    /// The one that a configuration names.
    ///
    /// - Parameters:
    ///   - table: of the configuration.
    ///   - instance: tells this process from others.
    package init(_ table: TracingTable, instance: String) {
        let authorization = table.authorization.map {
            (name: "Authorization", value: String(decoding: $0.octets, as: UTF8.self))
        }
        self.init(
            endpoint: table.endpoint,
            headers: table.headers.map { (name: $0.name, value: $0.value) } + (authorization.map { [$0] } ?? []),
            caFile: table.caFile, timeout: table.timeout,
            resource: Resource(name: table.serviceName, version: Version.text, instance: instance))
    }
}
