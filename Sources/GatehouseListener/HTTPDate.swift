package import GatehouseCore

/// The value of a `Date` header (RFC 9110, section 5.6.7).
package enum HTTPDate {
    private static let weekdays = ["Thu", "Fri", "Sat", "Sun", "Mon", "Tue", "Wed"]
    private static let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]

    /// Like `Sun, 06 Nov 1994 08:49:37 GMT`.
    package static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        // 1970-01-01 was a Thursday.
        let days = Int((moment.milliseconds / 86_400_000) % 7)
        let weekday = weekdays.indices.contains(days) ? weekdays[days] : weekdays[0]
        let month = months.indices.contains(time.month - 1) ? months[time.month - 1] : months[0]
        func padded(_ number: Int) -> String { CalendarTime.padded(number, 2) }
        return "\(weekday), \(padded(time.day)) \(month) \(CalendarTime.padded(time.year, 4)) "
            + "\(padded(time.hour)):\(padded(time.minute)):\(padded(time.second)) GMT"
    }
}
