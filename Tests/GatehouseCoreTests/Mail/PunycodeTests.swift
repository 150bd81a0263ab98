@testable import GatehouseCore
import Testing

/// Source: RFC 3492, section 7.1.
@Suite("Punycode")
struct PunycodeTests {
    @Test(
        "encodes the samples of RFC 3492",
        arguments: [
            (
                [
                    0x0644, 0x064A, 0x0647, 0x0645, 0x0627, 0x0628, 0x062A, 0x0643, 0x0644, 0x0645, 0x0648, 0x0634,
                    0x0639,
                    0x0631, 0x0628, 0x064A, 0x061F,
                ], "egbpdaj6bu4bxfgehfvwxn"
            ),
            ([0x4ED6, 0x4EEC, 0x4E3A, 0x4EC0, 0x4E48, 0x4E0D, 0x8BF4, 0x4E2D, 0x6587], "ihqwcrb4cv8a8dqg056pqjye"),
            (
                [0x4ED6, 0x5011, 0x7232, 0x4EC0, 0x9EBD, 0x4E0D, 0x8AAA, 0x4E2D, 0x6587], "ihqwctvzc91f659drss3x8bo0yb"
            ),
            (
                [
                    0x0050, 0x0072, 0x006F, 0x010D, 0x0070, 0x0072, 0x006F, 0x0073, 0x0074, 0x011B, 0x006E, 0x0065,
                    0x006D,
                    0x006C, 0x0075, 0x0076, 0x00ED, 0x010D, 0x0065, 0x0073, 0x006B, 0x0079,
                ], "Proprostnemluvesky-uyb24dma41a"
            ),
            (
                [
                    0x0033, 0x5E74, 0x0042, 0x7D44, 0x91D1, 0x516B, 0x5148, 0x751F,
                ], "3B-ww4c5e180e575a65lsy2b"
            ),
            ([0x305D, 0x306E, 0x30B9, 0x30D4, 0x30FC, 0x30C9, 0x3067], "d9juau41awczczp"),
            (
                [
                    0x004D, 0x0061, 0x006A, 0x0069, 0x3067, 0x004B, 0x006F, 0x0069, 0x3059, 0x308B, 0x0035, 0x79D2,
                    0x524D,
                ], "MajiKoi5-783gue6qz075azm5e"
            ),
        ] as [([UInt32], String)])
    func samples(scalars: [UInt32], encoded: String) throws {
        #expect(String(decoding: try #require(Punycode.encode(scalars)), as: UTF8.self) == encoded)
    }

    @Test("makes A-labels, and none that is too long")
    func labels() {
        #expect(Punycode.label("bücher") == "xn--bcher-kva")
        #expect(Punycode.label("straße") == "xn--strae-oqa")
        #expect(Punycode.label("example") == "example")
        #expect(Punycode.label(String(repeating: "a", count: 60) + "ü") == nil)
        #expect(Punycode.label(String(repeating: "ü", count: 1_000_000)) == nil)
        #expect(Punycode.encode([0x10FFFF, 0x80, 0x10FFFF]) != nil)
    }
}
