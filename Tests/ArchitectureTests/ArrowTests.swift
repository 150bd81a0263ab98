import Architecture
import Testing

@Suite("The arrows between targets and folders")
struct ArrowTests {
    @Test("form no circle of targets, and are those of Package.swift")
    func targets() throws {
        let tree = try Repository.sources()
        #expect(tree.targetArrows.names.count > 10)
        #expect(tree.targetArrows.circles == [])
        #expect(try PackageManifest(root: Repository.root).findings(tree) == [])
    }

    @Test("form no circle of folders", arguments: try Repository.sources().targets)
    func folders(target: String) throws {
        let circles = FolderArrows(target, in: try Repository.sources()).graph.circles
        for circle in circles {
            Issue.record("\(target): tools/arrows \(target) says why these need each other: \(circle)")
        }
    }

    private static func tree(_ files: [String: String]) -> SourceTree {
        SourceTree(root: Repository.root, files: files.map { SourceFile(path: "Sources/T/\($0.key)", text: $0.value) })
    }

    private static func arrows(_ files: [String: String]) -> [String: Set<String>] {
        FolderArrows("T", in: tree(files)).graph.arrows.filter { !$0.value.isEmpty }
    }

    @Test("are drawn by types, functions, values and members of extensions")
    func drawn() {
        #expect(Self.arrows(["A/x.swift": "struct X {}", "B/y.swift": "let a: [X] = []"]) == ["B": ["A"]])
        #expect(Self.arrows(["A/x.swift": "func make() {}", "y.swift": "let a = make()"]) == [".": ["A"]])
        #expect(Self.arrows(["A/x.swift": "let limit = 1", "B/y.swift": "func f() -> Int { limit }"]) == ["B": ["A"]])
        #expect(
            Self.arrows(["A/x.swift": "extension Int { var twice: Int { self * 2 } }", "B/y.swift": "let a = 1.twice"])
                == ["B": ["A"]])
        let named = "extension X { func rename() {} }"
        let other = "extension X { func other() { rename() } }"
        #expect(Self.arrows(["A/x.swift": named, "B/y.swift": other]) == ["B": ["A"]])
        #expect(
            Self.arrows(["A/x.swift": "struct X {}", "B/y.swift": #"let a = "\(X.self)""#]) == ["B": ["A"]])
    }

    @Test("are not drawn by comments, text, labels, members or what only one file can see")
    func notDrawn() {
        for use in [
            "// X", "/* X */", #"let a = "X""#, "let a = 1.X", "let a = f(limit: 1)", "struct Y { struct X {} }",
        ] {
            let file = "struct X {}\nlet limit = 1\nprivate struct Z {}"
            #expect(Self.arrows(["A/x.swift": file, "B/y.swift": use]) == [:], "\(use)")
        }
        #expect(Self.arrows(["A/x.swift": "private struct Z {}", "B/y.swift": "let z: Z"]) == [:])
        let named = "extension X { func rename() {} }"
        #expect(Self.arrows(["A/x.swift": named, "B/y.swift": "func f() { rename() }"]) == [:])
        // Which of two is meant nobody can tell from the name.
        let twice = "extension Int { var twice: Int { 2 } }"
        #expect(Self.arrows(["A/x.swift": twice, "C/z.swift": twice, "B/y.swift": "let a = 1.twice"]) == [:])
    }

    @Test("that form a circle are found, and only they")
    func circles() {
        var graph = Graph()
        for (from, to) in [("a", "b"), ("b", "c"), ("c", "b"), ("c", "d"), ("a", "d")] { graph.add(from: from, to: to) }
        #expect(graph.circles == [["b", "c"]])
        graph.add(from: "d", to: "a")
        #expect(graph.circles == [["a", "b", "c", "d"]])
    }

    @Test("are left out of a picture where a longer way stands for them")
    func reduced() {
        var graph = Graph()
        for (from, to) in [("a", "b"), ("b", "c"), ("a", "c"), ("a", "d")] { graph.add(from: from, to: to) }
        #expect(graph.reduced.arrows == ["a": ["b", "d"], "b": ["c"], "c": [], "d": []])
    }

    @Test("that Package.swift does not name, or names in vain, are told")
    func manifest() {
        let manifest = PackageManifest(
            text: """
                let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
                layer("T", ["U", nioCore, .product(name: "HTTPTypes", package: "swift-http-types")]),
                hot("U"), // "V"
                """)
        #expect(manifest.dependencies == ["T": ["U", "NIOCore", "HTTPTypes"], "U": []])
        #expect(manifest.findings(Self.tree(["x.swift": "import U\nimport NIOCore\nimport HTTPTypes"])) == [])
        #expect(manifest.findings(Self.tree(["x.swift": "import U\nimport NIOCore"])).count == 1)
    }
}
