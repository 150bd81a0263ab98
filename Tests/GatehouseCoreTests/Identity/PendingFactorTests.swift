import GatehouseCore
import Testing

@Suite("Second factors that other programs kept")
struct PendingFactorTests {
    @Test("are what authenticators are told, whoever wrote them down")
    func uris() {
        // The secret of RFC 6238, appendix B: base32 as tinyauth has it, hexadecimal as django-otp does.
        let secret = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"
        let uri = "otpauth://totp/?secret=\(secret)&algorithm=SHA1&digits=6&period=30"
        #expect(PendingFactor(base32: secret)?.uri == uri)
        #expect(PendingFactor(base32: secret + "====")?.uri == uri)
        let hexadecimal = "3132333435363738393031323334353637383930"
        #expect(PendingFactor(hexadecimal: hexadecimal, digits: 6, period: 30, start: 0)?.uri == uri)
        let other = PendingFactor(hexadecimal: hexadecimal, digits: 8, period: 60, start: 7)
        #expect(other?.uri == "otpauth://totp/?secret=\(secret)&algorithm=SHA1&digits=8&period=60&t0=7")
        // RFC 4648, section 10, where the last character holds less than five bits.
        let foo = PendingFactor(hexadecimal: "666f6f626172666f6f62", digits: 6, period: 30, start: 0)
        #expect(foo?.uri.contains("secret=MZXW6YTBOJTG633C&") == true)
    }

    @Test(
        "are nothing else that stands in their place",
        arguments: [
            "", "a comment", "GEZDGNBV", "gezdgnbvgy3tqojqgezdgnbvgy3tqojq", "GEZDGNBVGY3TQOJ1GEZDGNBV",
            "ALICE LIDDELL!!!",
        ])
    func comments(text: String) { #expect(PendingFactor(base32: text) == nil) }

    @Test("with a key that is none, or that no authenticator takes, are none")
    func refused() {
        for (key, digits, period, start) in [
            ("31", 6, 30, 0), ("3132333435363738393031323334353637383930x", 6, 30, 0),
            ("3132333435363738393031323334353637383930", 5, 30, 0),
            ("3132333435363738393031323334353637383930", 6, 0, 0),
            ("3132333435363738393031323334353637383930", 6, 30, -1), ("", 6, 30, 0),
        ] as [(String, Int64, Int64, Int64)] {
            #expect(PendingFactor(hexadecimal: key, digits: digits, period: period, start: start) == nil)
        }
    }

    @Test("show nothing of themselves")
    func redacted() throws {
        let factor = try #require(PendingFactor(base32: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"))
        var text = "\(factor) \(String(reflecting: factor))"
        dump(factor, to: &text)
        #expect(!text.contains("GEZDG"))
    }
}
