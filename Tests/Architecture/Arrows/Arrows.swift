internal import Architecture
internal import Foundation

/// Prints who needs whom: `Arrows [--files | --picture | --limits] [TARGET...]`.
@main
struct Arrows {
    static func main() throws {
        var arguments = Array(CommandLine.arguments.dropFirst())
        let tree = try SourceTree(root: URL(fileURLWithPath: FileManager.default.currentDirectoryPath))
        if arguments.first == "--picture" { return picture(tree) }
        if arguments.first == "--limits" { return print(tree.files.flatMap(Limits.findings).joined(separator: "\n")) }
        let byFile = arguments.first == "--files"
        if byFile { arguments.removeFirst() }
        if arguments.isEmpty { targets(tree) }
        for target in arguments.isEmpty ? tree.targets : arguments {
            guard tree.targets.contains(target) else {
                FileHandle.standardError.write(Data("there is no target \(target) below Sources\n".utf8))
                exit(2)
            }
            let unit: (SourceFile) -> String = { file in
                byFile ? String(file.path.dropFirst("Sources/\(target)/".count)) : file.folder
            }
            folders(of: target, in: tree, by: unit, isBrief: arguments.isEmpty)
        }
    }

    private static func targets(_ tree: SourceTree) {
        let graph = tree.targetArrows
        print("Targets")
        for name in graph.names where !graph.from(name).isEmpty {
            print("  \(name) -> \(graph.from(name).sorted().joined(separator: ", "))")
        }
        report(graph)
    }

    private static func folders(
        of target: String, in tree: SourceTree, by unit: (SourceFile) -> String, isBrief: Bool
    ) {
        let arrows = FolderArrows(target, in: tree, by: unit)
        guard !isBrief || arrows.graph.names.count > 1 else { return }
        print("\n\(target)")
        for name in arrows.graph.names {
            for other in arrows.graph.from(name).sorted() {
                let reasons = arrows.reasons(from: name, to: other)
                let shown = isBrief ? "" : ": " + reasons.prefix(6).joined(separator: ", ")
                let rest = isBrief || reasons.count <= 6 ? "" : " and \(reasons.count - 6) more"
                print("  \(name) -> \(other)\(shown)\(rest)")
            }
        }
        report(arrows.graph)
    }

    private static func report(_ graph: Graph) {
        for circle in graph.circles { print("  CIRCLE of \(circle.count): \(circle.joined(separator: ", "))") }
    }

    /// The picture of ARCHITECTURE.md, without the arrows that follow from others.
    private static func picture(_ tree: SourceTree) {
        let graph = tree.targetArrows.reduced
        print("```mermaid\ngraph TD")
        for name in graph.names {
            for other in graph.from(name).sorted() { print("    \(name) --> \(other)") }
        }
        print("```")
    }
}
