package import GatehouseCore

/// Builds Prometheus' text format, metric by metric.
package struct MetricsText {
    package private(set) var text = ""

    package init() {}

    /// Adds a metric with one value, or one for each set of labels.
    ///
    /// - Parameters:
    ///   - name: in Prometheus' spelling; counters end in `_total`.
    ///   - kind: what it does over time.
    ///   - help: one sentence.
    ///   - values: label text such as `outcome="allow"`, or an empty one, and the value.
    package mutating func add(
        _ name: String, _ kind: MetricKind, _ help: String, _ values: [(labels: String, value: Int)]
    ) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in values {
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
        }
    }

    /// Adds a metric with one value and no labels.
    package mutating func add(_ name: String, _ kind: MetricKind, _ help: String, _ value: Int) {
        add(name, kind, help, [("", value)])
    }

    /// Adds a metric with the sums over everything that counts it.
    package mutating func add<Source>(_ metric: Metric<Source>, of sources: some Collection<Source>) {
        let values = metric.series.map { series in
            (series.labels, sources.reduce(0) { sum, source in sum + series.value(source) })
        }
        add(metric.name, metric.kind, metric.help, values)
    }
}
