package import GatehouseCore
internal import Synchronization

/// What calls of one provider came to, how long they took, and whether it is held back; read from any thread.
package final class ProviderCounts: Sendable {
    package let name: ProviderName
    private let durations = Histogram(.long)
    private let answered = Atomic<Int>(0)
    private let failed = Atomic<Int>(0)
    private let kept = Atomic<Int>(0)
    private let current = Mutex<String?>(nil)

    package init(_ name: ProviderName) { self.name = name }

    /// Why nothing is asked at the moment; `nil` while the provider answers.
    package var outage: String? { current.withLock(\.self) }

    package func note(_ notice: ProviderNotice) {
        switch notice {
        case .called(let isAnswered, let duration):
            if isAnswered { answered.increment() } else { failed.increment() }
            durations.record(duration)
        case .heldBack(let reason): current.withLock { $0 = reason }
        case .backAgain: current.withLock { $0 = nil }
        case .kept: kept.increment()
        }
    }
}

extension ProviderCounts {
    /// What is exported of each provider.
    package static let exported: [Metric<ProviderCounts>] = [
        Metric("gatehouse_provider_calls_total", .counter, "Calls of providers, by what came of them.") { provider in
            [("answered", provider.answered.current), ("failed", provider.failed.current)].map {
                MetricSeries(["provider": "\(provider.name)", "result": $0.0], .integer($0.1))
            }
        },
        Metric("gatehouse_provider_duration_seconds", .histogram, "Time that providers took to answer.") { provider in
            [MetricSeries(["provider": "\(provider.name)"], .histogram(provider.durations.reading))]
        },
        Metric("gatehouse_provider_up", .gauge, "0 while a provider is not asked, since it gave no answers.") {
            [MetricSeries(["provider": "\($0.name)"], .integer($0.outage == nil ? 1 : 0))]
        },
        Metric(
            "gatehouse_provider_refreshes_refused_total", .counter,
            "Times that metadata or keys of a provider were not renewed, and those from before stayed."
        ) {
            [MetricSeries(["provider": "\($0.name)"], .integer($0.kept.current))]
        },
    ]
}
