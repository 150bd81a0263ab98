/// Something that is counted and that Prometheus may ask for: its name, what it says, and how its values are read.
///
/// Each target lists its metrics beside what it counts, so that a new one has one place.
package struct Metric<Source>: Sendable {
    /// One value, or one of several that differ in their labels.
    package struct Series: Sendable {
        /// Text such as `outcome="allow"`, or an empty one.
        package let labels: String
        package let value: @Sendable (Source) -> Int
    }

    /// In Prometheus' spelling; counters end in `_total`.
    package let name: String
    package let kind: MetricKind
    /// One sentence.
    package let help: String
    package let series: [Series]

    /// Has a value for each set of labels.
    package init(
        _ name: String, _ kind: MetricKind, _ help: String,
        _ series: KeyValuePairs<String, @Sendable (Source) -> Int>
    ) {
        self.name = name
        self.kind = kind
        self.help = help
        self.series = series.map { Series(labels: $0.key, value: $0.value) }
    }

    /// Has one value and no labels.
    package init(_ name: String, _ kind: MetricKind, _ help: String, _ value: @escaping @Sendable (Source) -> Int) {
        self.init(name, kind, help, ["": value])
    }
}

/// What a metric does over time.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
}
