import Foundation
import GatehouseCore
import Testing

@Suite("Calendar time")
struct CalendarTimeTests {
    @Test("is what Foundation says, from 1600 to 2400")
    func foundation() throws {
        var calendar = Calendar(identifier: .gregorian)
        calendar.timeZone = try #require(TimeZone(identifier: "UTC"))
        var random = Random(seed: 3)
        for _ in 0..<2_000 {
            let seconds = random.next(25_245_000_000) - 11_676_000_000
            let parts = calendar.dateComponents(
                [.year, .month, .day, .hour, .minute, .second], from: Date(timeIntervalSince1970: TimeInterval(seconds))
            )
            let time = CalendarTime(Timestamp(milliseconds: Int64(seconds) * 1_000 + 7))
            #expect([time.year, time.month, time.day] == [parts.year, parts.month, parts.day], "\(seconds)")
            #expect([time.hour, time.minute, time.second] == [parts.hour, parts.minute, parts.second], "\(seconds)")
            #expect(time.millisecond == 7)
        }
    }

    @Test("knows leap days and never traps")
    func edges() {
        #expect(CalendarTime(Timestamp(milliseconds: 951_782_400_000)).date == "2000-02-29")
        #expect(CalendarTime(Timestamp(milliseconds: -1)).date == "1969-12-31")
        #expect(CalendarTime(Timestamp(milliseconds: -1)).time == "23:59:59")
        _ = (CalendarTime(Timestamp(milliseconds: .min)), CalendarTime(Timestamp(milliseconds: .max)))
    }
}
