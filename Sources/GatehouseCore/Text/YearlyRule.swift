/// When clocks change in every year, as POSIX writes it: `CET-1CEST,M3.5.0,M10.5.0/3`.
///
/// - Source: POSIX.1-2024, section 8.3 (TZ), with the times of RFC 9636, section 3.3.1.
struct YearlyRule: Hashable, Sendable {
    private struct Summer: Hashable, Sendable {
        let offset: Int
        let start: Change
        let end: Change
    }

    /// A day of the year, and the time of that day in seconds by the clocks until then.
    private struct Change: Hashable, Sendable {
        let day: Day
        let time: Int
    }

    private enum Day: Hashable, Sendable {
        /// The n-th such weekday of a month, 5 for the last one; Sunday is 0.
        case weekday(Int, week: Int, month: Int)
        /// From 1; the 29th of February is never counted.
        case withoutLeapDay(Int)
        /// From 0.
        case ofYear(Int)
    }

    private let offset: Int
    private let summer: Summer?

    /// `nil` for anything but a rule.
    init?(_ text: [UInt8]) {
        var reader = Reader(text)
        guard reader.skipName(), let west = reader.time(hours: 24) else { return nil }
        offset = -west
        guard !reader.isAtEnd else {
            summer = nil
            return
        }
        guard reader.skipName() else { return nil }
        var ahead = offset + 3_600
        if reader.next != UInt8(ascii: ",") {
            guard let west = reader.time(hours: 24) else { return nil }
            ahead = -west
        }
        guard let start = reader.change(), let end = reader.change(), reader.isAtEnd else { return nil }
        summer = Summer(offset: ahead, start: start, end: end)
    }

    /// How many seconds the clocks are ahead of UTC, so many seconds after the start of 1970.
    func offset(at seconds: Int64) -> Int {
        guard let summer else { return offset }
        // Some thousand years around ours: nothing overflows.
        let seconds = min(max(Int(seconds), -100_000_000_000), 100_000_000_000)
        let year = CalendarTime(Timestamp(milliseconds: Int64((seconds + offset) * 1_000))).year
        let start = YearlyRule.moment(summer.start, year) - offset
        let end = YearlyRule.moment(summer.end, year) - summer.offset
        let isSummer = start < end ? start <= seconds && seconds < end : !(end <= seconds && seconds < start)
        return isSummer ? summer.offset : offset
    }

    /// When a change happens, by the clocks before it, in seconds since the start of 1970.
    private static func moment(_ change: Change, _ year: Int) -> Int {
        let day: Int
        switch change.day {
        case .withoutLeapDay(let number):
            let isLater = number >= 60 && CalendarTime.isLeapYear(year)
            day = CalendarTime.days(year: year, month: 1, day: 1) + number - 1 + (isLater ? 1 : 0)
        case .ofYear(let number): day = CalendarTime.days(year: year, month: 1, day: 1) + number
        case .weekday(let weekday, let week, let month):
            let first = CalendarTime.days(year: year, month: month, day: 1)
            let next = month == 12 ? first + 31 : CalendarTime.days(year: year, month: month + 1, day: 1)
            // 1970 began with a Thursday.
            var found = first + ((weekday - first - 4) % 7 + 7) % 7 + (week - 1) * 7
            if found >= next { found -= 7 }
            day = found
        }
        return day * 86_400 + change.time
    }

    private struct Reader {
        private let text: [UInt8]
        private var position = 0

        init(_ text: [UInt8]) { self.text = text }

        var next: UInt8? { position < text.count ? text[position] : nil }
        var isAtEnd: Bool { position == text.count }

        mutating func take(_ octet: UInt8) -> Bool {
            guard next == octet else { return false }
            position += 1
            return true
        }

        /// The name of a time, like `CET` or `<+03>`, of at least three characters.
        mutating func skipName() -> Bool {
            let isQuoted = take(UInt8(ascii: "<"))
            let start = position
            while let octet = next,
                ASCII.isUpper(octet) || ASCII.isLower(octet)
                    || isQuoted && (ASCII.isDigit(octet) || octet == UInt8(ascii: "+") || octet == UInt8(ascii: "-"))
            { position += 1 }
            return position - start >= 3 && (!isQuoted || take(UInt8(ascii: ">")))
        }

        mutating func number(_ range: ClosedRange<Int>) -> Int? {
            let start = position
            while let octet = next, ASCII.isDigit(octet) { position += 1 }
            guard let value = ASCII.decimal(text.span.extracting(start..<position), limit: range.upperBound),
                value >= range.lowerBound
            else { return nil }
            return value
        }

        /// A time like `2`, `-1:30` or `03:00:00`, in seconds.
        mutating func time(hours limit: Int) -> Int? {
            let isNegative = take(UInt8(ascii: "-"))
            if !isNegative { _ = take(UInt8(ascii: "+")) }
            guard let hours = number(0...limit) else { return nil }
            var seconds = hours * 3_600
            for unit in [60, 1] where take(UInt8(ascii: ":")) {
                guard let value = number(0...59) else { return nil }
                seconds += value * unit
            }
            return isNegative ? -seconds : seconds
        }

        /// A comma, a day, and perhaps a slash with a time; it is two o'clock otherwise.
        mutating func change() -> Change? {
            guard take(UInt8(ascii: ",")), let day = day() else { return nil }
            guard take(UInt8(ascii: "/")) else { return Change(day: day, time: 7_200) }
            return time(hours: 167).map { Change(day: day, time: $0) }
        }

        private mutating func day() -> Day? {
            if take(UInt8(ascii: "J")) { return number(1...365).map(Day.withoutLeapDay) }
            guard take(UInt8(ascii: "M")) else { return number(0...365).map(Day.ofYear) }
            guard let month = number(1...12), take(UInt8(ascii: ".")), let week = number(1...5),
                take(UInt8(ascii: ".")), let weekday = number(0...6)
            else { return nil }
            return .weekday(weekday, week: week, month: month)
        }
    }
}
