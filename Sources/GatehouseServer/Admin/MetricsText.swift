internal import GatehouseCore

/// Writes metrics as Prometheus reads them.
struct MetricsText {
    private let format: MetricsFormat
    private var text = ""

    /// Writes families, each of which is there once.
    static func write(_ families: [MetricFamily], as format: MetricsFormat) -> String {
        var writer = MetricsText(format: format)
        for family in families { writer.add(family) }
        return format == .openMetrics ? writer.text + "# EOF\n" : writer.text
    }

    private init(format: MetricsFormat) { self.format = format }

    private mutating func add(_ family: MetricFamily) {
        let name = family.name
        let head = format == .openMetrics ? name.stem : name.text
        // Prometheus' own format has no word for what only describes.
        let kind = format == .plain && name.kind == .info ? MetricKind.gauge : name.kind
        text += "# HELP \(head) \(help(family.help))\n# TYPE \(head) \(kind.rawValue)\n"
        if format == .openMetrics, let unit = name.unit { text += "# UNIT \(head) \(unit)\n" }
        for series in family.series { add(series, of: name) }
    }

    private mutating func add(_ series: MetricSeries, of name: MetricName) {
        switch series.value {
        case .integer(let number): line(name.text, series.labels.pairs, "\(number)")
        case .real(let number): line(name.text, series.labels.pairs, MetricsText.number(number))
        case .histogram(let reading): add(reading, series.labels.pairs, of: name.text)
        }
    }

    /// Each bucket holds what the smaller ones hold, too.
    private mutating func add(_ reading: HistogramReading, _ labels: [MetricLabels.Pair], of name: String) {
        var sum = 0
        for (index, count) in reading.counts.enumerated() {
            sum &+= count
            let isLast = index >= reading.limits.count
            let limit = isLast ? "+Inf" : MetricsText.seconds(reading.limits[index])
            line("\(name)_bucket", labels + [MetricLabels.Pair(name: "le", value: limit)], "\(sum)")
        }
        line("\(name)_sum", labels, MetricsText.seconds(reading.nanoseconds))
        line("\(name)_count", labels, "\(sum)")
    }

    private mutating func line(_ name: String, _ labels: [MetricLabels.Pair], _ value: String) {
        let inside = labels.map { "\($0.name)=\"\(MetricsText.escaped($0.value, quotes: true))\"" }
        text += inside.isEmpty ? "\(name) \(value)\n" : "\(name){\(inside.joined(separator: ","))} \(value)\n"
    }

    private func help(_ text: String) -> String { MetricsText.escaped(text, quotes: format == .openMetrics) }

    // MARK: - Values

    static func seconds(_ nanoseconds: Int) -> String { number(Double(nanoseconds) / 1e9) }

    /// As Go reads it; OpenMetrics wants a point in a bucket's limit.
    static func number(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Inf" : "+Inf" }
        return "\(number)"
    }

    /// A backslash, a line break and, where the format says so, a quote would end what they stand in.
    static func escaped(_ text: String, quotes: Bool) -> String {
        guard
            text.utf8.contains(where: {
                $0 == UInt8(ascii: "\\") || $0 == UInt8(ascii: "\n") || $0 == UInt8(ascii: "\"")
            })
        else { return text }
        var octets: [UInt8] = []
        for octet in text.utf8 {
            switch octet {
            case UInt8(ascii: "\\"): octets += Array(#"\\"#.utf8)
            case UInt8(ascii: "\n"): octets += Array(#"\n"#.utf8)
            case UInt8(ascii: "\"") where quotes: octets += Array(#"\""#.utf8)
            default: octets.append(octet)
            }
        }
        return String(decoding: octets, as: UTF8.self)
    }
}
