/// Every metric of the program, in the order in which they are written.
package struct MetricsRegistry: Sendable {
    private var lists: [@Sendable () async -> [MetricFamily]] = []

    package init() {}

    /// Adds the metrics of a part.
    ///
    /// - Parameters:
    ///   - metrics: the part's list.
    ///   - sources: all that count them, asked each time; none if there is nothing to say.
    package mutating func add<Source>(
        _ metrics: [Metric<Source>], of sources: @escaping @Sendable () async -> [Source]
    ) {
        lists.append {
            let sources = await sources()
            return metrics.map { $0.family(of: sources) }
        }
    }

    /// Adds what is known as families already.
    package mutating func add(_ families: @escaping @Sendable () -> [MetricFamily]) { lists.append(families) }

    /// Everything as it is now, without metrics that have nothing to say.
    package func families() async -> [MetricFamily] {
        var families: [MetricFamily] = []
        for list in lists { families += await list() }
        return families.filter { !$0.series.isEmpty }
    }
}
