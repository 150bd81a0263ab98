/// Builds Prometheus' text format, metric by metric.
package struct MetricsText {
    package private(set) var text = ""

    package init() {}

    /// What a metric does over time.
    package enum Kind: String {
        case counter
        case gauge
    }

    /// Adds a metric with one value, or one for each set of labels.
    ///
    /// - Parameters:
    ///   - name: in Prometheus' spelling; counters end in `_total`.
    ///   - kind: what it does over time.
    ///   - help: one sentence.
    ///   - values: label text such as `outcome="allow"`, or an empty one, and the value.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ values: [(labels: String, value: Int)]) {
        text += "# HELP \(name) \(help)\n# TYPE \(name) \(kind.rawValue)\n"
        for (labels, value) in values {
            text += labels.isEmpty ? "\(name) \(value)\n" : "\(name){\(labels)} \(value)\n"
        }
    }

    /// Adds a metric with one value and no labels.
    package mutating func add(_ name: String, _ kind: Kind, _ help: String, _ value: Int) {
        add(name, kind, help, [("", value)])
    }
}
