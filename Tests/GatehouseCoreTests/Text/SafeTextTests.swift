import GatehouseCore
import Testing

@Suite("Text that is safe to show")
struct SafeTextTests {
    /// A colour of terminals, C1's own, a word turned around, something invisible, a line of Unicode's, a tag, a private character,
    /// and one that is not assigned.
    static let hostile: [Unicode.Scalar] = [
        "\u{1B}", "\u{9B}", "\u{202E}", "\u{200B}", "\u{2028}", "\u{E0041}", "\u{E000}", "\u{378}", "\n", "\u{7F}",
        "\u{AD}",
    ]

    @Test("holds nothing in any form that moves a cursor, breaks a line or hides", arguments: hostile)
    func hostileCharacters(scalar: Unicode.Scalar) {
        let text = "a\(Character(scalar))b"
        #expect(!SafeText.isSafe(scalar))
        for shown in [SafeText.shown(text), SafeText.json(text), SafeText.quoted(text), SafeText.words(text)] {
            #expect(shown.unicodeScalars.allSatisfy { SafeText.isSafe($0) })
            #expect(!shown.unicodeScalars.contains(scalar))
        }
    }

    @Test("keeps what people write", arguments: ["Jürgen", "名前", "😀", "a b", "ÅΩ"])
    func harmless(text: String) {
        #expect(SafeText.shown(text) == text)
        #expect(SafeText.json(text) == text)
        #expect(SafeText.words(text) == text)
        #expect(SafeText.quoted(text) == "\"\(text)\"")
    }

    @Test("is written as its reader expects")
    func forms() {
        #expect(SafeText.shown("a\"\\\u{1B}") == #"a"\\u001b"#)
        #expect(SafeText.json("a\"\\\u{1B}\u{E0041}") == #"a\"\\\u001b\udb40\udc41"#)
        #expect(SafeText.quoted("a\"\\\u{1B}") == #""a\"\\\u{1b}""#)
        #expect(SafeText.words("a\u{1B}[1m\r\n") == "a [1m  ")
        #expect(SafeText.octets(Array("a\\ä".utf8), limit: 10) == #"a\x5c\xc3\xa4"#)
    }

    @Test("is cut between characters, and says so")
    func cut() {
        #expect(SafeText.json("abc", limit: .octets(3)) == "abc")
        #expect(SafeText.json("abcd", limit: .octets(3)) == "abc…")
        #expect(SafeText.json("abä", limit: .octets(3)) == "ab…")
        #expect(SafeText.quoted("abä", limit: .characters(3)) == "\"abä\"")
        #expect(SafeText.quoted("abäc", limit: .characters(3)) == "\"abä…\"")
        #expect(SafeText.octets(Array("abcd".utf8), limit: 3) == "abc [1 more octets]")
    }
}
