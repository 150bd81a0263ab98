internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseSystem
internal import GatehouseTerminal
internal import GatehouseTracing
internal import Logging

/// Where spans of traces are sent.
extension PartTrials.Trial {
    static func tracing(_ configuration: Configuration, isOnline: Bool) -> [Self] {
        guard let table = configuration.tracing else { return [] }
        return [
            Self("tracing", within: PartTrials.limit + .seconds(1)) {
                do throws(Failure) {
                    _ = try configuration.makeTracing(
                        Logger(label: "gatehouse.check") { _ in SwiftLogNoOpLogHandler() })
                } catch {
                    return [PartReport("tracing", .fails(error.message))]
                }
                guard isOnline else { return [PartReport("tracing", .leftOut("--online asks \(table.endpoint)"))] }
                return [await asked(Collector(table, instance: "check"))]
            }
        ]
    }

    private static func asked(_ collector: Collector) async -> PartReport {
        let refusal: String?
        do throws(BackendError) {
            refusal = try await WorkerPool(workers: 1, memoryBudgetKiB: 1).run(memoryKiB: 0) {
                collector.refusal(within: PartTrials.limit)
            }
        } catch {
            return PartReport("tracing", .fails("\(error)"))
        }
        // Nobody is turned away for it: the daemon starts, and drops spans.
        return refusal.map { PartReport("tracing", .doubtful("\(collector.url): takes no spans: \($0)")) }
            ?? PartReport("tracing", .works("\(collector.url): takes spans; none was sent"))
    }
}
