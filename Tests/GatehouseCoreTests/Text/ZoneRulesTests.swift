import Foundation
import GatehouseCore
import Testing

@Suite("The rules of time zones")
struct ZoneRulesTests {
    private static func file(_ name: String) throws -> [UInt8] {
        Array(try Data(contentsOf: URL(fileURLWithPath: "/usr/share/zoneinfo/\(name)")))
    }

    private static func moment(_ text: String) throws -> Timestamp { try #require(Timestamp(rfc3339: text)) }

    @Test(
        "say what the system's own do, until far after the last change that the file lists",
        arguments: [
            "Europe/Berlin", "Europe/Dublin", "America/New_York", "America/St_Johns", "America/Sao_Paulo",
            "Asia/Kathmandu",
            "Asia/Tokyo", "Australia/Lord_Howe", "Pacific/Auckland", "Etc/UTC",
        ])
    func system(name: String) throws {
        let zone = try #require(TimeZone(identifier: name))
        let rules = try #require(ZoneRules(file: try Self.file(name)))
        var random = Random(seed: 7)
        // Where a change is, and between; the years are those on which all databases agree.
        var seconds = (0..<4_000).map { _ in 631_152_000 + random.next(3_471_292_800) }
        var next = Date(timeIntervalSince1970: 631_152_000)
        while let change = zone.nextDaylightSavingTimeTransition(after: next),
            change < Date(timeIntervalSince1970: 4_102_444_800)
        {
            seconds += [-1, 0, 1].map { Int(change.timeIntervalSince1970) + $0 }
            next = change
        }
        for second in seconds {
            let expected = zone.secondsFromGMT(for: Date(timeIntervalSince1970: Double(second)))
            let offset = rules.offset(at: Timestamp(milliseconds: Int64(second) * 1_000))
            #expect(offset == expected, "\(name) \(second)")
        }
    }

    @Test("hold at both ends of time")
    func extremes() throws {
        let rules = try #require(ZoneRules(file: try Self.file("Europe/Berlin")))
        #expect(rules.offset(at: Timestamp(milliseconds: .min)) == 3_208)
        #expect([3_600, 7_200].contains(rules.offset(at: Timestamp(milliseconds: .max))))
    }

    @Test("are not taken from a file that is cut off, or of another kind")
    func malformed() throws {
        let file = try Self.file("Europe/Berlin")
        for length in stride(from: 0, to: file.count, by: 3) {
            #expect(ZoneRules(file: Array(file.prefix(length))) == nil, "\(length)")
        }
        #expect(ZoneRules(file: file + [0]) == nil)
        #expect(ZoneRules(file: [UInt8](repeating: 0, count: 200)) == nil)
        // Whatever stands there, nothing traps.
        var random = Random(seed: 5)
        for _ in 0..<2_000 {
            var changed = file
            for _ in 0..<(1 + random.next(4)) { changed[random.next(changed.count)] = UInt8(random.next(256)) }
            for _ in 0..<8 {
                changed[changed.count - 1 - random.next(40)] = Array("M0123456789,./-<>J".utf8)[random.next(18)]
            }
            let rules = ZoneRules(file: changed)
            for second in [Int64.min, -1, 1_800_000_000, .max] {
                _ = rules?.offset(at: Timestamp(milliseconds: second))
            }
        }
    }

    @Test("take an offset with a sign, hours and minutes only")
    func offsets() {
        func offset(_ text: String) -> Int? {
            ZoneRules(offset: Array(text.utf8).span)?.offset(at: Timestamp(milliseconds: 0))
        }
        #expect(offset("+01:00") == 3_600 && offset("-03:30") == -12_600 && offset("+00:00") == 0)
        for text in ["", "1", "+1:00", "+01:60", "+24:00", "+0100", "01:00", "+01:00:00", "Z"] {
            #expect(offset(text) == nil)
        }
    }

    @Test("moments are read as RFC 3339 writes them")
    func moments() throws {
        #expect(try Self.moment("2026-11-28T16:00:00Z").milliseconds == 1_795_881_600_000)
        #expect(try Self.moment("2026-11-28T16:00Z").milliseconds == 1_795_881_600_000)
        #expect(try Self.moment("2026-11-28T17:30:00+01:30") == Self.moment("2026-11-28T16:00:00Z"))
        #expect(try Self.moment("2024-02-29T00:00:00Z").rfc3339 == "2024-02-29T00:00:00Z")
        for text in [
            "", "2026-11-28", "2026-11-28 16:00:00Z", "2026-11-28T16:00:00", "2026-13-01T00:00:00Z",
            "2026-02-29T00:00:00Z",
            "2026-11-31T00:00:00Z", "2026-11-28T24:00:00Z", "2026-11-28T16:00:60Z", "2026-11-28T16:00:00+1",
            "2026-11-28T16:00:00ZZ",
        ] { #expect(Timestamp(rfc3339: text) == nil, "\(text)") }
    }
}
