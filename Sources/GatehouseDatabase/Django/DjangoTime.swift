internal import GatehouseCore

/// Times as Django writes them on SQLite: UTC without zone, `2026-01-31 23:59:59.123000`.
enum DjangoTime {
    static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        return "\(time.date) \(time.time).\(CalendarTime.padded(time.millisecond * 1_000, 6))"
    }
}
