internal import GatehouseCore
private import Glibc

/// Times as Django writes them on SQLite: UTC without zone, `2026-01-31 23:59:59.123000`.
enum DjangoTime {
    static func text(_ moment: Timestamp) -> String {
        var seconds = Int(moment.milliseconds / 1_000)
        let milliseconds = Int(moment.milliseconds % 1_000)
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&seconds, &parts)
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let year = padded(Int(unsafe parts.tm_year) + 1_900, 4)
        let date = unsafe "\(year)-\(padded(Int(parts.tm_mon) + 1, 2))-\(padded(Int(parts.tm_mday), 2))"
        let time =
            unsafe "\(padded(Int(parts.tm_hour), 2)):\(padded(Int(parts.tm_min), 2)):\(padded(Int(parts.tm_sec), 2))"
        return "\(date) \(time).\(padded(milliseconds * 1_000, 6))"
    }
}
