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

/// Amounts of memory as the file writes them.
enum SizeText {
    private static let units: [(name: String, octets: Int)] = [("KiB", 1 << 10), ("MiB", 1 << 20), ("GiB", 1 << 30)]

    /// Takes `512KiB`, `46MiB`, `1GiB`; `nil` for anything else.
    static func octets(_ text: String) -> Int? {
        let bytes = Array(text.utf8)
        let end = bytes.firstIndex { !ASCII.isDigit($0) } ?? bytes.count
        guard let unit = units.first(where: { $0.name.utf8.elementsEqual(bytes[end...]) }), end <= 9,
            let number = ASCII.decimal(bytes.span.extracting(0..<end), limit: 1 << 30)
        else { return nil }
        return number * unit.octets
    }

    /// The size in its largest whole unit.
    static func text(_ octets: Int) -> String {
        let unit = units.last { octets % $0.octets == 0 && octets >= $0.octets } ?? ("KiB", 1 << 10)
        return "\(octets / unit.octets)\(unit.name)"
    }
}
