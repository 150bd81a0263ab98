import Architecture
import Testing

@Suite("Files, functions and types")
struct LimitTests {
    @Test("are no larger than their limits, or say why")
    func limits() throws {
        let files = try Repository.sources().files
        #expect(files.count > 100)
        for file in files { #expect(Limits.findings(file) == []) }
    }

    private func findings(_ text: String) -> [String] {
        Limits.findings(SourceFile(path: "Sources/T/x.swift", text: text))
    }

    private static let reason = "a table that is read from top to bottom"

    @Test("of more than 300 lines need a reason in front of the first declaration")
    func files() {
        let long = "struct X {}\n" + String(repeating: "\n", count: 300)
        #expect(findings(long) == ["Sources/T/x.swift has 301 lines"])
        #expect(findings(String(long.dropLast())) == [])
        #expect(findings("import T\n// Long: \(Self.reason)\n" + long) == [])
        #expect(findings(long + "// Long: \(Self.reason)\n").count == 1)
        #expect(findings("// Long:\n" + long).count == 1)
    }

    @Test("of more than 60 lines, counted from the keyword to the brace, need a reason right above")
    func functions() {
        func body(_ lines: Int) -> String {
            "struct X {\n    func f() {\n" + String(repeating: "\n", count: lines) + "}\n}"
        }
        #expect(findings(body(58)) == [])
        #expect(findings(body(59)) == ["Sources/T/x.swift: f has 61 lines"])
        let excused = body(59).replacing("    func", with: "    // Long: \(Self.reason)\n    /// Does.\n    @A func")
        #expect(findings(excused) == [])
        #expect(findings(body(59).replacing("func f()", with: "init(a: () -> Void = {})")).count == 1)
        #expect(findings("let f = \"\"\"\n" + String(repeating: "func f() {\n", count: 70) + "\"\"\"\n") == [])
    }

    @Test("of more than 12 stored properties need a reason right above")
    func types() {
        let twelve = (1...12).map { "let a\($0): [Int: Int]" }.joined(separator: "\n")
        #expect(findings("struct X {\n\(twelve)\n}") == [])
        for stored in [
            "var b = 1", "lazy var b: Int = { 1 }()", "var b: Int { didSet {} }", "@P var b: Int", "let b, c: Int",
        ] {
            #expect(findings("struct X {\n\(twelve)\n\(stored)\n}").count == 1, "\(stored)")
            #expect(findings("// Wide: \(Self.reason)\nstruct X {\n\(twelve)\n\(stored)\n}") == [], "\(stored)")
        }
        for other in [
            "static let b = 1", "var b: Int { 1 }", "var b: Int { get { 1 } }", "func f() {\nlet b = 1\n}", "case b",
        ] {
            #expect(findings("struct X {\n\(twelve)\n\(other)\n}") == [], "\(other)")
        }
    }
}
