import Foundation
import GatehouseCore
import Testing

@Suite("The times at which a rule lets people pass")
struct TimeWindowTests {
    private func window(_ text: String) throws -> TimeWindow {
        try TimeWindow(text) { name throws(TimeWindow.Invalid) in
            let file = try? Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)"))
            guard let rules = file.flatMap({ ZoneRules(file: Array($0)) }) else {
                throw TimeWindow.Invalid(reason: "no zone")
            }
            return rules
        }
    }

    @Test(
        "begin with their first minute, end before their last one, and follow the clocks of the zone",
        arguments: [
            // 2026-11-30 is a Monday.
            ("Mon-Fri 08:00-18:00 UTC", "2026-11-30T08:00:00Z", true),
            ("Mon-Fri 08:00-18:00 UTC", "2026-11-30T07:59:59Z", false),
            ("Mon-Fri 08:00-18:00 UTC", "2026-11-30T17:59:59Z", true),
            ("Mon-Fri 08:00-18:00 UTC", "2026-11-30T18:00:00Z", false),
            ("Mon-Fri 08:00-18:00 UTC", "2026-11-29T12:00:00Z", false),
            ("Mon-Fri 08:00-18:00 UTC", "2026-12-04T12:00:00Z", true),
            ("Mon-Fri 08:00-18:00 +01:00", "2026-11-30T07:00:00Z", true),
            ("Mon-Fri 08:00-18:00 -05:00", "2026-11-30T07:00:00Z", false),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-30T07:00:00Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-11-30T06:59:00Z", false),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T06:00:00Z", true),
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2026-07-06T05:59:00Z", false),
            // Years after the last change that the file lists.
            ("Mon-Fri 08:00-18:00 Europe/Berlin", "2050-07-04T06:00:00Z", true),
            ("22:00-06:00 UTC", "2026-11-30T23:00:00Z", true),
            ("22:00-06:00 UTC", "2026-11-30T05:59:00Z", true),
            ("22:00-06:00 UTC", "2026-11-30T06:00:00Z", false),
            // The night that begins on a Friday.
            ("Fri 22:00-06:00 UTC", "2026-12-05T05:00:00Z", true),
            ("Fri 22:00-06:00 UTC", "2026-12-04T05:00:00Z", false),
            ("Fri-Mon 00:00-24:00 UTC", "2026-11-29T23:59:59Z", true),
            ("Fri-Mon 00:00-24:00 UTC", "2026-12-01T00:00:00Z", false),
            ("Sun 12:00-00:00 UTC", "2026-11-29T23:59:00Z", true),
            ("Sun 12:00-00:00 UTC", "2026-11-30T00:00:00Z", false),
            ("Wed 00:00-24:00 UTC", "1969-12-31T12:00:00Z", true),
        ])
    func contains(text: String, moment: String, expected: Bool) throws {
        let moment =
            moment.hasPrefix("1969") ? Timestamp(milliseconds: -43_200_000) : try #require(Timestamp(rfc3339: moment))
        #expect(try window(text).contains(moment) == expected)
    }

    @Test(
        "are refused in any other form",
        arguments: [
            "", "08:00-18:00", "Mon-Fri 08:00-18:00", "Mon 8:00-18:00 UTC", "Mon 08:00-25:00 UTC",
            "Mon 08:00-24:01 UTC",
            "Mon 24:00-08:00 UTC", "Mon 08:00-08:00 UTC", "Mon 08:60-18:00 UTC", "mon 08:00-18:00 UTC",
            "Monday 08:00-18:00 UTC",
            "Mon,Tue 08:00-18:00 UTC", "Mon-Fri  08:00-18:00 UTC", "Mon-Fri 08:00-18:00 utc",
            "Mon-Fri 08:00-18:00 Europe/Nowhere",
            "Mon-Fri 08:00-18:00 UTC more", "Mon-Fri 08:00–18:00 UTC",
        ])
    func refused(text: String) { #expect(throws: TimeWindow.Invalid.self) { try window(text) } }
}
