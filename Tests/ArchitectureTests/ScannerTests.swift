import Architecture
import Testing

@Suite("The reader of sources")
struct ScannerTests {
    private func words(_ text: String) -> [String] { Tokenizer(text).tokens.compactMap(\.word) }

    @Test(
        "passes over comments, strings and regular expressions, but not over what is interpolated",
        arguments: [
            (#"a "b" c"#, ["a", "c"]), (#"a "\(b("c\(d)"))" e"#, ["a", "b", "d", "e"]),
            (##"a #"b\(c) "d"# e"##, ["a", "e"]), (##"a #"b\#(c)"# d"##, ["a", "c", "d"]),
            ("a \"\"\"\n \"b\" \\(c)\n\"\"\" d", ["a", "c", "d"]), (#"a "\"b" c"#, ["a", "c"]),
            ("a /* b /* c */ d */ e // f\ng", ["a", "e", "g"]), ("a.map(/b\"c/) d", ["a", "map", "d"]),
            ("a / b / c", ["a", "b", "c"]), ("a #/ b /c/# d", ["a", "d"]), ("a 0x1F 1.5 b", ["a", "b"]),
            ("`default` #if b", ["default", "if", "b"]),
        ])
    func tokens(text: String, expected: [String]) {
        #expect(words(text) == expected)
    }

    @Test("counts lines through everything that spans several")
    func lines() {
        let text = "/*\n*/ a \"\"\"\n\n\\(b)\n\"\"\"\nc"
        #expect(Tokenizer(text).tokens.filter { $0.word != nil }.map(\.line) == [2, 4, 6])
    }

    @Test("tells declarations of the file from those of extensions and types")
    func declarations() {
        let text = """
            struct A<T> { let b: Int; enum C { case d, e(f: Int) } }
            extension G.H where T: P { func i() {} }
            private func j() { let k = 1 }
            private(set) var l = { class M {} }
            protocol N { func o()
                var p: Int { get } }
            """
        let file = SourceFile(path: "Sources/T/x.swift", text: text)
        func names(_ place: Declaration.Place) -> [String] {
            file.declarations.filter { $0.place == place }.map(\.name)
        }
        #expect(names(.file) == ["A", "j", "l", "N"])
        #expect(names(.extending("G.H")) == ["i"])
        #expect(names(.nested) == ["b", "C", "d", "e", "M", "o", "p"])
        #expect(file.declarations.filter(\.isPrivate).map(\.name) == ["j"])
    }

    @Test("reads imports with their modifiers")
    func imports() {
        let text = "import A\nprivate import B\npackage import struct C.D\n@testable import E\n// import F"
        #expect(SourceFile(path: "Sources/T/x.swift", text: text).imports == ["A", "B", "C", "E"])
    }
}
