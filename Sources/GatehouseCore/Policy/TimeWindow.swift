/// A part of the week in which a rule lets people pass: `Mon-Fri 08:00-18:00 Europe/Berlin`.
package struct TimeWindow: Hashable, Sendable, CustomStringConvertible {
    /// A bit for each day, Monday's the lowest.
    private let days: UInt8
    /// Minutes of the day; the start belongs to the window, the end does not.
    private let start: Int
    /// Not after the start for a window that goes on to the next day.
    private let end: Int
    private let zone: ZoneRules
    package let description: String

    /// Why a text is no window, in words for the operator.
    package struct Invalid: Error, Equatable {
        package let reason: String

        package init(reason: String) { self.reason = reason }
    }

    /// - Parameters:
    ///   - text: days (all without them), times, and a zone, with single blanks between them.
    ///   - zone: the rules of a name like `Europe/Berlin`.
    /// - Throws: why the text is none, also what `zone` throws.
    package init(
        _ text: String, zone: (String) throws(Invalid) -> ZoneRules
    ) throws(Invalid) {
        let parts = text.utf8.split(separator: 0x20, omittingEmptySubsequences: false).map(Array.init)
        guard parts.count == 2 || parts.count == 3 else { throw Invalid(reason: TimeWindow.form) }
        guard let days = parts.count == 2 ? 0x7F : TimeWindow.days(parts[0]) else {
            throw Invalid(reason: "must begin with a day or a range of days, like Mon or Mon-Fri")
        }
        guard let (start, end) = TimeWindow.times(parts[parts.count - 2]) else {
            throw Invalid(reason: TimeWindow.form)
        }
        guard start != end else {
            throw Invalid(reason: "has no time between its start and its end; a whole day is 00:00-24:00")
        }
        let name = parts[parts.count - 1]
        if name.span.equals("UTC") {
            self.zone = .utc
        } else if let offset = ZoneRules(offset: name.span) {
            self.zone = offset
        } else {
            self.zone = try zone(String(decoding: name, as: UTF8.self))
        }
        self.days = days
        self.start = start
        self.end = end
        description = text
    }

    private static let form =
        "must be like \"Mon-Fri 08:00-18:00 Europe/Berlin\", with UTC, +01:00 or a name at the end"

    /// Whether the clocks of the zone show a time in the window.
    package func contains(_ moment: Timestamp) -> Bool {
        let local = Int(moment.wholeSeconds) + zone.offset(at: moment)
        let (day, second) = CalendarTime.divide(local, by: 86_400)
        // 1970 began with a Thursday.
        let today = CalendarTime.divide(day + 3, by: 7).remainder
        let minute = second / 60
        if start < end { return has(today) && start <= minute && minute < end }
        return has(today) && minute >= start || has((today + 6) % 7) && minute < end
    }

    private func has(_ day: Int) -> Bool { days >> UInt8(day) & 1 == 1 }

    private static let names: [StaticString] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]

    /// A day, or a range of days that may go on beyond Sunday.
    private static func days(_ text: [UInt8]) -> UInt8? {
        func day(_ range: Range<Int>) -> Int? { names.firstIndex { text.span.extracting(range).equals($0) } }
        if text.count == 3 { return day(0..<3).map { 1 << UInt8($0) } }
        guard text.count == 7, text[3] == UInt8(ascii: "-"), let first = day(0..<3), let last = day(4..<7) else {
            return nil
        }
        return (0...(last - first + 7) % 7).reduce(0) { $0 | 1 << UInt8((first + $1) % 7) }
    }

    /// `08:00-18:00` in minutes; the end may be 24:00.
    private static func times(_ octets: [UInt8]) -> (start: Int, end: Int)? {
        let text = octets.span
        func minutes(_ time: Span<UInt8>) -> Int? {
            guard time.count == 5, time[2] == UInt8(ascii: ":"),
                let hour = ASCII.decimal(time.extracting(0..<2), limit: 24),
                let minute = ASCII.decimal(time.extracting(3..<5), limit: 59), hour < 24 || minute == 0
            else { return nil }
            return hour * 60 + minute
        }
        guard text.count == 11, text[5] == UInt8(ascii: "-"), let start = minutes(text.extracting(0..<5)),
            start < 1_440,
            let end = minutes(text.extracting(6..<11))
        else { return nil }
        return (start, end)
    }
}
