internal import GatehouseCore
private import Glibc

/// Times as directories write them.
enum AccountTime {
    static let dayMilliseconds: Int64 = 86_400_000

    /// The moment as Active Directory counts: in 100 ns since 1601.
    static func fileTime(_ moment: Timestamp) -> Int64 {
        let (sum, isBeyond) = moment.milliseconds.addingReportingOverflow(11_644_473_600_000)
        let (product, overflow) = sum.multipliedReportingOverflow(by: 10_000)
        return isBeyond || overflow ? .max : product
    }

    /// GeneralizedTime in UTC (RFC 4517, section 3.3.13), like `20261128093000Z`; parts of a second count to the millisecond.
    ///
    /// The year 0, which `pwdAccountLockedTime` knows, is one. `nil` for anything else.
    static func generalized(_ text: [UInt8]) -> Timestamp? {
        guard text.last == UInt8(ascii: "Z") else { return nil }
        let digits = text.prefix { ASCII.isDigit($0) }
        let rest = text.dropFirst(digits.count).dropLast()
        guard [10, 12, 14].contains(digits.count),
            rest.isEmpty
                || [UInt8(ascii: "."), UInt8(ascii: ",")].contains(rest.first) && rest.count > 1
                    && rest.dropFirst().allSatisfy({ ASCII.isDigit($0) })
        else { return nil }
        func part(_ range: Range<Int>) -> Int64 {
            digits.dropFirst(range.lowerBound).prefix(range.count).reduce(0) { $0 * 10 + Int64($1 - UInt8(ascii: "0")) }
        }
        let (month, day, hour, minute, second) = (part(4..<6), part(6..<8), part(8..<10), part(10..<12), part(12..<14))
        guard (1...12).contains(month), (1...31).contains(day), hour < 24, minute < 60, second <= 60 else { return nil }
        let seconds = ((days(part(0..<4), month, day) * 24 + hour) * 60 + minute) * 60 + second
        // A part of an hour or a minute is written by nobody.
        let fraction = digits.count == 14 ? Array(rest.dropFirst()) : []
        let milliseconds = (fraction + Array("000".utf8)).prefix(3).reduce(0) {
            $0 * 10 + Int64($1 - UInt8(ascii: "0"))
        }
        return Timestamp(milliseconds: seconds * 1_000 + milliseconds)
    }

    /// Days since 1970-01-01 in the Gregorian calendar: the year begins in March, so that the odd day is its last one.
    private static func days(_ year: Int64, _ month: Int64, _ day: Int64) -> Int64 {
        let shifted = year - (month <= 2 ? 1 : 0)
        let era = (shifted >= 0 ? shifted : shifted - 399) / 400
        let yearOfEra = shifted - era * 400
        let dayOfYear = (153 * ((month + 9) % 12) + 2) / 5 + day - 1
        return era * 146_097 + yearOfEra * 365 + yearOfEra / 4 - yearOfEra / 100 + dayOfYear - 719_468
    }

    /// The wall clock, by which directories write them.
    static func now() -> Timestamp {
        var time = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &time)
        return Timestamp(milliseconds: Int64(time.tv_sec) * 1_000 + Int64(time.tv_nsec) / 1_000_000)
    }
}
