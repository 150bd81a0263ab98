/// A moment as UTC shows it on a calendar and a clock, in the proleptic Gregorian calendar.
package struct CalendarTime: Equatable, Sendable {
    package let year: Int
    /// 1 to 12.
    package let month: Int
    /// 1 to 31.
    package let day: Int
    package let hour: Int
    package let minute: Int
    package let second: Int
    package let millisecond: Int

    /// Counts in eras of 400 years of 146,097 days, each beginning with a first of March, so that a leap day comes last.
    package init(_ moment: Timestamp) {
        let (days, rest) = CalendarTime.divide(Int(moment.milliseconds), by: 86_400_000)
        hour = rest / 3_600_000
        minute = rest / 60_000 % 60
        second = rest / 1_000 % 60
        millisecond = rest % 1_000
        // 719,468 days lie between 0000-03-01 and 1970-01-01.
        let (era, dayOfEra) = CalendarTime.divide(days + 719_468, by: 146_097)
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let monthFromMarch = (5 * dayOfYear + 2) / 153
        day = dayOfYear - (153 * monthFromMarch + 2) / 5 + 1
        month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
        year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0)
    }

    /// `2026-01-31`.
    package var date: String {
        "\(CalendarTime.padded(year, 4))-\(CalendarTime.padded(month, 2))-\(CalendarTime.padded(day, 2))"
    }

    /// `23:59:59`.
    package var time: String {
        "\(CalendarTime.padded(hour, 2)):\(CalendarTime.padded(minute, 2)):\(CalendarTime.padded(second, 2))"
    }

    /// A number with zeros in front.
    package static func padded(_ value: Int, _ width: Int) -> String {
        let text = String(value)
        return String(repeating: "0", count: max(0, width - text.utf8.count)) + text
    }

    /// Division that rounds down, so that the remainder is never negative.
    private static func divide(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
        let (quotient, remainder) = value.quotientAndRemainder(dividingBy: divisor)
        return remainder < 0 ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }
}

extension Timestamp {
    /// The moment to the second, in UTC, as RFC 3339 writes it.
    package var rfc3339: String {
        let time = CalendarTime(self)
        return "\(time.date)T\(time.time)Z"
    }
}
