package import Foundation

/// Every Swift source of the repository.
package struct SourceTree: Sendable {
    package let root: URL
    package let files: [SourceFile]

    package init(root: URL, files: [SourceFile]) {
        self.root = root
        self.files = files
    }

    /// Reads everything below `Sources` and `Tests`.
    ///
    /// - Throws: what the system says of a folder or file that cannot be read.
    package init(root: URL, folders: [String] = ["Sources", "Tests"]) throws {
        self.root = root
        files = try folders.flatMap { folder in
            try FileManager.default.subpathsOfDirectory(atPath: root.appendingPathComponent(folder).path).sorted()
                .filter { $0.hasSuffix(".swift") }
                .map { name in
                    let path = "\(folder)/\(name)"
                    let text = try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
                    return SourceFile(path: path, text: text)
                }
        }
    }

    /// The repository that a file of it lies in, so many folders above.
    package static func root(of file: String, levels: Int) -> URL {
        (0..<levels).reduce(URL(fileURLWithPath: file)) { url, _ in url.deletingLastPathComponent() }
    }

    /// The targets below `Sources`.
    package var targets: [String] {
        Set(files.lazy.filter { $0.path.hasPrefix("Sources/") }.map(\.target)).sorted()
    }

    package func files(of target: String) -> [SourceFile] {
        files.filter { $0.path.hasPrefix("Sources/\(target)/") }
    }

    /// Who imports whom, among the targets below `Sources`.
    package var targetArrows: Graph {
        let targets = Set(targets)
        var graph = Graph()
        for target in targets {
            graph.add(target)
            for file in files(of: target) {
                for module in file.imports where targets.contains(module) { graph.add(from: target, to: module) }
            }
        }
        return graph
    }
}
