import GatehouseCore
import GatehouseListener
import Testing

@Suite("The Date header")
struct HTTPDateTests {
    @Test(
        "is written as RFC 9110 wants it",
        arguments: [
            (0, "Thu, 01 Jan 1970 00:00:00 GMT"), (784_111_777_000, "Sun, 06 Nov 1994 08:49:37 GMT"),
            (1_709_164_799_999, "Wed, 28 Feb 2024 23:59:59 GMT"), (1_709_164_800_000, "Thu, 29 Feb 2024 00:00:00 GMT"),
        ] as [(Int64, String)])
    func text(milliseconds: Int64, expected: String) {
        #expect(HTTPDate.text(Timestamp(milliseconds: milliseconds)) == expected)
    }

    @Test("does not trap before 1970")
    func early() { #expect(!HTTPDate.text(Timestamp(milliseconds: -1)).isEmpty) }
}
