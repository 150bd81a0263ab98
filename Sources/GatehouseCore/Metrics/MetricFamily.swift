/// A metric as it is at one moment: what Prometheus calls a family, with all of its series.
package struct MetricFamily: Equatable, Sendable {
    package let name: MetricName
    /// One sentence.
    package let help: String
    package let series: [MetricSeries]

    package init(_ name: MetricName, help: String, series: [MetricSeries]) {
        self.name = name
        self.help = help
        self.series = series
    }
}

/// What a metric is called, and what follows from that.
///
/// The unit is the end of the name, as both text formats and promtool want it: `gatehouse_mails_total` counts, and
/// `gatehouse_check_duration_seconds` is in seconds.
package struct MetricName: Hashable, Sendable {
    /// In Prometheus' spelling; counters end in `_total`, what describes ends in `_info`.
    package let text: String
    package let kind: MetricKind

    package init(_ text: String, _ kind: MetricKind) {
        self.text = text
        self.kind = kind
    }

    /// The name without what its kind adds to it, which is how OpenMetrics calls a family.
    package var stem: String {
        switch kind {
        case .counter where text.hasSuffix("_total"): String(text.dropLast(6))
        case .info where text.hasSuffix("_info"): String(text.dropLast(5))
        case .counter, .info, .gauge, .histogram: text
        }
    }

    /// What is measured in; `nil` for what is only counted.
    package var unit: String? { ["seconds", "bytes"].first { stem.hasSuffix("_\($0)") } }
}

/// What a metric does over time.
package enum MetricKind: String, Sendable {
    case counter
    case gauge
    case histogram
    /// Always 1: what matters are the labels.
    case info
}

/// One value of a metric, or one of several that differ in their labels.
package struct MetricSeries: Equatable, Sendable {
    package let labels: MetricLabels
    package var value: MetricValue

    /// The only one of a metric.
    package init(_ value: MetricValue) { self.init([:], value) }

    package init(_ labels: MetricLabels, _ value: MetricValue) {
        self.labels = labels
        self.value = value
    }
}

/// What tells the series of a metric apart.
///
/// There have to be few values of each: what comes from outside never becomes one.
package struct MetricLabels: Hashable, Sendable, ExpressibleByDictionaryLiteral {
    package struct Pair: Hashable, Sendable {
        package let name: String
        package let value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// In the order in which they are written.
    package let pairs: [Pair]

    package init(dictionaryLiteral elements: (String, String)...) {
        pairs = elements.map { Pair(name: $0.0, value: $0.1) }
    }
}

/// What stands in a series.
package enum MetricValue: Equatable, Sendable {
    case integer(Int)
    case real(Double)
    case histogram(HistogramReading)

    /// Of two that count the same thing.
    static func + (one: MetricValue, other: MetricValue) -> MetricValue {
        switch (one, other) {
        case (.histogram(let one), .histogram(let other)): .histogram(one + other)
        case (.integer(let one), .integer(let other)): .integer(one &+ other)
        case (.histogram, _), (_, .histogram): one
        case (.integer, .real), (.real, .integer), (.real, .real): .real(one.real + other.real)
        }
    }

    private var real: Double {
        switch self {
        case .integer(let number): Double(number)
        case .real(let number): number
        case .histogram: 0
        }
    }
}
