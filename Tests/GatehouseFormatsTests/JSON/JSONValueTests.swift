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
                == .array([.flag(true), .flag(false), .null, .string("a"), .number]))
        #expect(try value("\"\\u00e4\\ud83d\\ude00\\n\\/\"") == .string("ä😀\n/"))
        #expect(try value("{\"a\":{\"b\":\"c\"}}")["a"]?["b"] == .string("c"))
        #expect(try value("{\"a\":null}")["a"] == nil)
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
