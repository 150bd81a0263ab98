import GatehouseCore
import GatehouseFormats
import Testing

@Suite("Reading JSON")
struct JSONValueTests {
    private func value(_ text: String) throws -> JSONValue { try JSONValue(parsing: Array(text.utf8)) }

    @Test("takes what RFC 8259 allows")
    func valid() throws {
        #expect(try value(" { } ") == .object([]))
        #expect(try value("[ ]") == .array([]))
        #expect(
            try value("[true,false,null,\"a\",-0.5e+3]")
                == .array([.flag(true), .flag(false), .null, .string("a"), try value("-0.5e+3")]))
        #expect(try value("\"\\u00e4\\ud83d\\ude00\\n\\/\"") == .string("ä😀\n/"))
        #expect(try value("{\"a\":{\"b\":\"c\"}}")["a"]?["b"] == .string("c"))
        #expect(try value("{\"a\":null}")["a"] == nil)
    }

    @Test(
        "takes whole numbers as they are",
        arguments: [
            ("0", 0), ("-0", 0), ("1", 1), ("-17", -17), ("1.0", 1), ("1e3", 1_000), ("1.5E1", 15), ("1200e-2", 12),
            ("9223372036854775807", .max), ("-9223372036854775808", .min), ("0e999999999999999999999", 0),
            ("0.000e-5", 0), ("1.5", nil), ("1e-1", nil), ("9223372036854775808", nil), ("-9223372036854775809", nil),
            ("1e19", nil), ("1e999999999999999999999", nil), ("1e-999999999999999999999", nil),
            ("100000000000000000000", nil),
        ] as [(String, Int64?)])
    func whole(text: String, whole: Int64?) throws { #expect(try value(text).number?.whole == whole) }

    @Test(
        "takes moments to the millisecond",
        arguments: [
            ("1795742887.290544", 1_795_742_887_290), ("1795742887", 1_795_742_887_000), ("0", 0), ("-1.5", -1_500),
            ("1.795742887e9", 1_795_742_887_000), ("0.0009", 0), ("1e-999999999999", 0), ("1e16", nil), ("1e400", nil),
            ("9223372036854775.807", .max), ("9223372036854775.808", nil),
            ("0.00000000000000000000000000000000001e35", 1_000),
        ] as [(String, Int64?)])
    func moment(text: String, milliseconds: Int64?) throws {
        #expect(try value(text).number?.moment?.milliseconds == milliseconds)
    }

    @Test(
        "refuses everything else",
        arguments: [
            "", " ", "{", "}", "[1,]", "{\"a\":1,}", "{a:1}", "{\"a\" 1}", "[1 2]", "01", "-", "1.", ".5", "1e", "+1",
            "tru", "nul", "'a'",
            "\"a", "\"\\x\"", "\"\\u12\"", "\"\\ud800\"", "\"\\ud800\\u0041\"", "\"\\udc00\"", "\"a\nb\"",
            "{\"a\":1,\"a\":2}", "[1]x", "//",
            String(repeating: "[", count: 17) + String(repeating: "]", count: 17), "NaN", "Infinity", "\u{FEFF}{}",
        ])
    func invalid(text: String) { #expect(throws: JSONValue.Malformed.self) { try value(text) } }

    @Test("refuses what is no UTF-8, and never falls over any octets")
    func octets() throws {
        #expect(throws: JSONValue.Malformed.self) { try JSONValue(parsing: [0x22, 0xFF, 0x22]) }
        let document = Array(
            "{\"result\":\"authenticated\",\"user\":{\"id\":\"\\ud83d\\ude00\",\"groups\":[\"a\",1.5e3]}}".utf8)
        for end in document.indices { _ = try? JSONValue(parsing: Array(document[..<end])) }
        var random = SystemRandomNumberGenerator()
        for _ in 0..<20_000 {
            var changed = document
            for _ in 0..<3 {
                changed[Int.random(in: changed.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
            }
            _ = try? JSONValue(parsing: changed)
        }
    }
}
