import GatehouseCore
import GatehouseFormats
import Testing

@Suite("Writing JSON")
struct JSONTests {
    @Test("makes one line of a document")
    func document() {
        let document = JSON.object([
            ("a", .string("x")), ("b", .array([.number(-1), .flag(true), .null])), ("c", .optional(nil)),
            ("d", .strings(["y"])),
        ])
        #expect(document.text == #"{"a":"x","b":[-1,true,null],"c":null,"d":["y"]}"#)
    }

    @Test("reads back as it was, whatever the text")
    func hostile() throws {
        let hostile = "a\"\\\u{1}\u{7F}ä\r\n\u{202E}\u{E0041}\u{10FFFF}😀"
        let text = JSON.object([(key: hostile, value: .string(hostile))]).text
        #expect(text.unicodeScalars.allSatisfy { SafeText.isSafe($0) })
        guard case .object(let members) = try JSONValue(parsing: Array(text.utf8)), let member = members.first else {
            Issue.record("no object")
            return
        }
        #expect(member.name == UTF8Text(hostile) && member.value == .string(UTF8Text(hostile)))
    }

    @Test("cuts each text at a limit, and stays a document")
    func limit() {
        let document = JSON.object([("a", .string("xyz")), ("b", .string("xy"))])
        #expect(document.text(limit: .octets(2)) == #"{"a":"xy…","b":"xy"}"#)
    }
}
