import GatehouseCore
import Testing

@Suite("Suggestions")
struct SpellingTests {
    @Test(
        "are the nearest name, if it is near",
        arguments: [
            ("sesions", "sessions"), ("sessoins", "sessions"), ("session", "sessions"), ("chekc", "check"),
            ("zzz", nil),
            ("", nil), (String(repeating: "sessions", count: 100), nil),
        ] as [(String, String?)])
    func nearest(word: String, name: String?) {
        #expect(Spelling.nearest(to: word, among: ["check", "sessions", "portal"]) == name)
    }

    @Test("allow a caller more slips in short names")
    func slips() {
        #expect(Spelling.nearest(to: "xxil", among: ["mail"]) == nil)
        #expect(Spelling.nearest(to: "xxil", among: ["mail"], slips: 2) == "mail")
    }

    @Test("count a swap of neighbours as one slip")
    func distance() {
        #expect(Spelling.distance(Array("idel".utf8), Array("idle".utf8)) == 1)
        #expect(Spelling.distance([], Array("abc".utf8)) == 3)
        #expect(Spelling.distance(Array("abc".utf8), Array("abc".utf8)) == 0)
    }
}
