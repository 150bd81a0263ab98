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

    /// How many days lie between 1970-01-01 and a day; negative before it.
    package static func days(year: Int, month: Int, day: Int) -> Int {
        // In years that begin with March.
        let (era, yearOfEra) = divide(month <= 2 ? year - 1 : year, by: 400)
        let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    package static func isLeapYear(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

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
    static func divide(_ value: Int, by divisor: Int) -> (quotient: Int, remainder: Int) {
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

    /// Takes a moment like `2026-01-31T23:59:59+01:00` or `2026-01-31T22:59Z`; `nil` for anything else.
    package init?(rfc3339 text: String) {
        let octets = Array(text.utf8)
        let digits = octets.span
        guard (17...25).contains(octets.count) else { return nil }
        func number(_ start: Int, _ count: Int, _ range: ClosedRange<Int>, after separator: StaticString = "") -> Int? {
            guard start + count <= digits.count, start >= separator.utf8CodeUnitCount,
                digits.extracting((start - separator.utf8CodeUnitCount)..<start).equals(separator),
                let value = ASCII.decimal(digits.extracting(start..<(start + count)), limit: range.upperBound)
            else { return nil }
            return value < range.lowerBound ? nil : value
        }
        guard let year = number(0, 4, 1_970...9_999), let month = number(5, 2, 1...12, after: "-"),
            let day = number(8, 2, 1...31, after: "-"), let hour = number(11, 2, 0...23, after: "T"),
            let minute = number(14, 2, 0...59, after: ":")
        else { return nil }
        let second = number(17, 2, 0...59, after: ":")
        let zone = digits.extracting((second == nil ? 16 : 19)..<digits.count)
        let rules = zone.equals("Z") ? ZoneRules.utc : ZoneRules(offset: zone)
        let days = CalendarTime.days(year: year, month: month, day: day)
        guard let offset = rules?.offset(at: Timestamp(milliseconds: 0)),
            // Days that a month does not have are those of the next one.
            CalendarTime(Timestamp(milliseconds: Int64(days * 86_400_000))).day == day
        else { return nil }
        self.init(
            milliseconds: Int64((days * 86_400 + hour * 3_600 + minute * 60 + (second ?? 0) - offset) * 1_000))
    }

    /// Seconds since 1970-01-01 UTC, rounded down.
    var wholeSeconds: Int64 { Int64(CalendarTime.divide(Int(milliseconds), by: 1_000).quotient) }
}
