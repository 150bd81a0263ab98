@testable internal import GatehouseConfig
internal import GatehouseCore
internal import Testing

@Suite("Times and sizes")
struct ValueTests {
    @Test(
        "are a whole number and a unit",
        arguments: [
            ("250ms", 250), ("0s", 0), ("90s", 90_000), ("15m", 900_000), ("1h", 3_600_000), ("30d", 2_592_000_000),
        ])
    func durations(text: String, milliseconds: Int) {
        #expect(TimeText.duration(text) == .milliseconds(milliseconds))
    }

    @Test(
        "of any other spelling are refused",
        arguments: [
            "", "s", "5", "5 s", " 5s", "5s ", "-5s", "+5s", "1.5h", "5S", "5sec", "1h30m", "٣s", "99999999999999s",
            "5s\u{301}",
        ])
    func wrongDurations(text: String) {
        #expect(TimeText.duration(text) == nil)
    }

    @Test("are written in their largest whole unit")
    func durationText() {
        #expect(TimeText.text(.milliseconds(1_500)) == "1500ms")
        #expect(TimeText.text(.seconds(90)) == "90s")
        #expect(TimeText.text(.seconds(86_400)) == "24h")
        #expect(TimeText.text(.seconds(172_800)) == "2d")
        #expect(TimeText.text(.zero) == "0ms")
    }

    @Test("of memory count by 1024")
    func sizes() {
        #expect(SizeText.octets("512KiB") == 524_288)
        #expect(SizeText.octets("46MiB") == 48_234_496)
        #expect(SizeText.octets("1GiB") == 1_073_741_824)
        for text in ["", "MiB", "5", "5MB", "5 MiB", "-5MiB", "5mib", "9999999999GiB", "1.5GiB"] {
            #expect(SizeText.octets(text) == nil)
        }
    }
}

@Suite("Addresses of listeners")
struct ListenAddressTests {
    @Test(
        "are TCP addresses or absolute paths",
        arguments: ["127.0.0.1:9180", "0.0.0.0:0", "[::1]:9180", "[::]:65535", "unix:/run/gatehouse/check.sock"])
    func accepted(text: String) {
        #expect(ListenAddress(text)?.description == text)
    }

    @Test(
        "of any other spelling are refused",
        arguments: [
            "", ":", ":80", "80", "localhost:80", "127.0.0.1", "127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:+1",
            "127.0.0.1:000001", "127.0.0.01:80", "::1:80", "[::1]", "[::1]80", "[127.0.0.1]:80", "[]:80", "[:80",
            "]:80",
            "unix:", "unix:/", "unix:x.sock", "unix:/run/", "unix:/\u{0}",
            "unix:/" + String(repeating: "x", count: 107),
        ])
    func refused(text: String) {
        #expect(ListenAddress(text) == nil)
    }
}
