import GatehouseCore
import Testing

/// The expectations were printed by Python 3.11.
@Suite("Text as Python sees it")
struct PythonTextTests {
    private func scalars(_ text: String) -> [Unicode.Scalar] { Array(text.unicodeScalars) }
    private func text(_ scalars: [Unicode.Scalar]) -> [UInt32] { scalars.map(\.value) }

    @Test(
        "is lower-cased with the full mapping",
        arguments: [
            ("BERGSTRÖM", "bergström"), ("ΟΔΥΣΣΕΥΣ", "οδυσσευς"), ("ΑΣ ΣΑ Σ", "ας σα σ"), ("ΑΣ'", "ας'"),
            ("ΑΣ'Α", "ασ'α"), ("İ", "i\u{307}"), ("ẞ", "ß"), ("ǅ", "ǆ"), ("K", "k"), ("𐐀", "𐐨"), ("Σ", "σ"),
        ])
    func lower(given: String, expected: String) {
        #expect(text(PythonText.lowercased(scalars(given))) == text(scalars(expected)))
    }

    @Test(
        "falls into words at everything but letters, numbers and the underscore",
        arguments: [
            ("astrid@fjord.example", ["astrid", "fjord", "example"]), ("", [""]), ("@", ["", ""]),
            ("a_b--c", ["a_b", "c"]), (".a.", ["", "a", ""]), ("x½四²y", ["x½四²y"]), ("e\u{301}t", ["e", "t"]),
        ])
    func words(given: String, expected: [String]) {
        #expect(PythonText.words(scalars(given)).map(text) == expected.map { text(scalars($0)) })
    }

    @Test("has digits of all scripts, superscripts and circled ones, but no fractions and number words")
    func digits() {
        #expect("7۷७²⑦𝟕".unicodeScalars.allSatisfy(PythonText.isDigit))
        #expect(!"½四Ⅷ%x百".unicodeScalars.contains(where: PythonText.isDigit))
    }

    @Test("is stripped of Unicode's white space and ASCII's separators")
    func strip() {
        #expect(text(PythonText.stripped(scalars("\u{1C}\u{A0} a b\u{2003}\u{85}\n"))) == text(scalars("a b")))
        #expect(PythonText.stripped(scalars(" \u{3000}")).isEmpty)
        #expect(text(PythonText.stripped(scalars("\u{200B}a"))) == [0x200B, 0x61])
    }
}
