internal import GatehouseCore

/// Lengths of time as the file writes them: a whole number and one unit, without a blank.
enum TimeText {
    private static let units: [(name: String, milliseconds: Int)] = [
        ("ms", 1), ("s", 1_000), ("m", 60_000), ("h", 3_600_000), ("d", 86_400_000),
    ]

    /// Takes `250ms`, `90s`, `15m`, `1h`, `30d`; `nil` for anything else.
    static func duration(_ text: String) -> Duration? {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex { !ASCII.isDigit($0) } ?? bytes.count
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(bytes[end...]) }), end <= 12,
            let number = ASCII.decimal(bytes.span.extracting(0..<end), limit: 1 << 40)
        else { return nil }
        let (product, overflow) = number.multipliedReportingOverflow(by: unit.milliseconds)
        return overflow ? nil : .milliseconds(product)
    }

    /// The duration in its largest whole unit; a single day is 24 hours.
    static func text(_ duration: Duration) -> String {
        let milliseconds = Int(duration.wholeMilliseconds)
        let isDay = milliseconds == 86_400_000
        let unit =
            units.dropLast(isDay ? 1 : 0)
            .last { milliseconds % $0.milliseconds == 0 && milliseconds >= $0.milliseconds } ?? ("ms", 1)
        return "\(milliseconds / unit.milliseconds)\(unit.name)"
    }
}
