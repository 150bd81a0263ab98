/// Something that is counted or measured and that Prometheus may ask for: its name, what it says, and how its values are read.
///
/// Each part lists its metrics beside what it counts, so that a new one has one place; `MetricsRegistry` brings the lists together.
package struct Metric<Source>: Sendable {
    package let name: MetricName
    /// One sentence.
    package let help: String
    private let read: @Sendable (Source) -> [MetricSeries]

    /// Has as many series as there are to read, which may differ from one time to the next.
    package init(
        _ name: String, _ kind: MetricKind, _ help: String, series read: @escaping @Sendable (Source) -> [MetricSeries]
    ) {
        self.name = MetricName(name, kind)
        self.help = help
        self.read = read
    }

    /// Has a number for each value of one label.
    package init(
        _ name: String, _ kind: MetricKind, _ help: String, by label: String,
        _ values: KeyValuePairs<String, @Sendable (Source) -> Int>
    ) {
        let values = values.map { (value: $0.key, read: $0.value) }
        self.init(name, kind, help) { source in
            values.map { MetricSeries([label: $0.value], .integer($0.read(source))) }
        }
    }

    /// Has one number and no labels.
    package init(_ name: String, _ kind: MetricKind, _ help: String, _ value: @escaping @Sendable (Source) -> Int) {
        self.init(name, kind, help) { [MetricSeries(.integer(value($0)))] }
    }

    /// The metric as it is now: what several of the sources count under the same labels is added up.
    package func family(of sources: [Source]) -> MetricFamily {
        var series: [MetricSeries] = []
        var places: [MetricLabels: Int] = [:]
        for one in sources.flatMap(read) {
            if let place = places[one.labels] {
                series[place].value = series[place].value + one.value
            } else {
                places[one.labels] = series.count
                series.append(one)
            }
        }
        return MetricFamily(name, help: help, series: series)
    }
}
