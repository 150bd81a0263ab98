/// The two formats that Prometheus reads.
enum MetricsFormat: Sendable {
    /// Prometheus' own, version 0.0.4.
    case plain
    /// OpenMetrics 1.0.0.
    case openMetrics

    var contentType: String {
        switch self {
        case .plain: "text/plain; version=0.0.4; charset=utf-8"
        case .openMetrics: "application/openmetrics-text; version=1.0.0; charset=utf-8"
        }
    }
}

extension MetricsFormat {
    /// What whoever asks likes better, as they say in `Accept` (RFC 9110, section 12.5.1); nobody gets OpenMetrics unasked.
    init(accept: String?) {
        var (plain, openMetrics) = (0, 0)
        for range in (accept ?? "").utf8.split(separator: UInt8(ascii: ",")) {
            let range = MediaRange(range)
            switch range.type {
            case "application/openmetrics-text" where range.version == nil || range.version?.hasPrefix("1.") == true:
                openMetrics = max(openMetrics, range.weight)
            case "text/plain", "text/*", "*/*": plain = max(plain, range.weight)
            default: break
            }
        }
        self = openMetrics > 0 && openMetrics >= plain ? .openMetrics : .plain
    }
}

/// One of the alternatives in `Accept`.
private struct MediaRange {
    let type: String
    /// In thousandths; what cannot be read counts as 1, like what is not there.
    var weight = 1_000
    var version: String?

    init(_ text: Substring.UTF8View) {
        let parts = text.split(separator: UInt8(ascii: ";")).map { MediaRange.trimmed($0).lowercased() }
        type = parts.first ?? ""
        for part in parts.dropFirst() {
            if part.hasPrefix("version=") { version = String(part.dropFirst(8)) }
            if part.hasPrefix("q="), let weight = Double(part.dropFirst(2)), weight >= 0, weight <= 1 {
                self.weight = Int(weight * 1_000)
            }
        }
    }

    private static func trimmed(_ text: Substring.UTF8View) -> String {
        let isBlank: (UInt8) -> Bool = { $0 == UInt8(ascii: " ") || $0 == UInt8(ascii: "\t") }
        let rest = text.drop(while: isBlank)
        let end = rest.lastIndex { !isBlank($0) }.map { rest.index(after: $0) } ?? rest.startIndex
        return String(decoding: rest[rest.startIndex..<end], as: UTF8.self)
    }
}
