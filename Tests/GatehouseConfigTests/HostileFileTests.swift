internal import Foundation
internal import GatehouseConfig
internal import Testing

@Suite("A hostile file")
struct HostileFileTests {
    let fixture: ConfigFixture

    init() throws { fixture = try ConfigFixture() }

    private func message(_ data: Data) throws -> String {
        let path = try fixture.write(data, to: "gatehouse.toml")
        let problems = #expect(throws: ConfigProblems.self) { try Configuration.load(path: path, environment: [:]) }
        return try #require(problems).description
    }

    static let depth = 200_000

    @Test(
        "that nests without end is refused with its line",
        arguments: [
            "a = " + String(repeating: "[", count: depth), "a = " + String(repeating: "{a=", count: depth),
            "[" + String(repeating: "a.", count: depth) + "a]", String(repeating: "a.", count: depth) + "a = 1",
            "a = {" + String(repeating: "\"a\".", count: depth) + "a = 1}",
            "\n# [[[\n" + String(repeating: "[\n", count: depth),
        ])
    func deep(text: String) throws {
        let message = try message(Data(text.utf8))
        #expect(message.contains("nested too deeply") || message.contains("too many parts"), "\(message.prefix(200))")
        #expect(message.utf8.count < 500)
    }

    @Test(
        "that is no TOML is refused with its line",
        arguments: [
            ("[portal]\nurl = \"x", 2), ("[portal]\n[portal]\n", 2), ("a = 1\na = 2", 2), ("a = \"\\ud800\"", 1),
            ("a = 99999999999999999999", 1), ("\u{212A} = 1", 1), ("a = é", 1), ("= 1", 1), ("a = \u{0}", 1),
            ("a = 1\r", 1),
        ])
    func syntax(text: String, line: Int) throws {
        #expect(try message(Data(text.utf8)).contains("gatehouse.toml:\(line): is no TOML: "))
    }

    @Test("that is no UTF-8 is refused")
    func invalidUTF8() throws {
        #expect(try message(Data([0x61, 0x3D, 0x22, 0xFF, 0x22])).contains(":1: is no TOML: "))
        #expect(try message(Data([0x61, 0x3D, 0x22, 0xED, 0xA0, 0x80, 0x22])).contains(":1: is no TOML: "))
        #expect(try message(Data([0xFF, 0xFE, 0x00])).contains(": is no TOML: "))
    }

    @Test("with brackets in strings and comments is no deep one")
    func bracketsInText() throws {
        let brackets = String(repeating: "[{.\\\"", count: 50)
        let name = "name = \"\(brackets.prefix(60))\"  # \(String(repeating: "[", count: 500))"
        let configuration = try fixture.load(ConfigFixture.minimal(["portal": name]))
        #expect(configuration.portal.name.hasPrefix("[{.\""))
    }

    @Test("with many unknown keys is told each of them")
    func many() throws {
        let lines = (0..<2_000).map { "[t\($0)]\nlong_key_\($0) = \($0)\n" }.joined()
        #expect(try fixture.problems(ConfigFixture.minimal([:], lines)).count == 2_000)
    }

    @Test("cannot pass a key that only looks like a known one, nor break the lines of a message")
    func lookalike() throws {
        let problems = try fixture.problems(
            ConfigFixture.minimal(["log": "\"lev\\u0065l\" = \"info\"\n\"le\\u0301vel\" = \"info\"\n\"a\\nb\" = 1"]))
        #expect(problems.count == 2)
        #expect(problems.allSatisfy { !$0.utf8.contains(0x0A) })
        #expect(problems.contains { $0.contains("\"a\\u{a}b\"") })
    }

    @Test("full of random octets or broken pieces of TOML never ends the process")
    func random() throws {
        var generator = SystemRandomNumberGenerator()
        let pieces = [
            "[", "]", "[[", "]]", "{", "}", "=", ".", ",", "\"", "'", "\"\"\"", "'''", "\\", "\n", "#", "portal", "url",
            "1",
            "inf", "nan", "1979-05-27", "T07:32:00Z", "true", "\u{E9}", "\u{FEFF}", "\u{0}", "keys", "application",
            "rule", " ",
        ]
        let path = fixture.folder + "/gatehouse.toml"
        for _ in 0..<2_000 {
            let text = (0..<Int.random(in: 0...30, using: &generator)).map { _ in
                pieces.randomElement(using: &generator) ?? ""
            }
            var data = Data(text.joined().utf8)
            if Bool.random(), !data.isEmpty { data[Int.random(in: 0..<data.count)] = UInt8.random(in: .min ... .max) }
            try data.write(to: URL(fileURLWithPath: path))
            #expect(throws: ConfigProblems.self) { try Configuration.load(path: path, environment: [:]) }
        }
    }
}
