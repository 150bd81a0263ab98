import Architecture
import Foundation

/// The repository that these tests read.
enum Repository {
    static let root = SourceTree.root(of: #filePath, levels: 3)

    static func sources() throws -> SourceTree { try loaded.get() }

    // Read once for all tests.
    private static let loaded = Result { try SourceTree(root: root) }

    static func text(_ path: String) throws -> String {
        try String(contentsOf: root.appendingPathComponent(path), encoding: .utf8)
    }

    static func exists(_ path: String) -> Bool {
        FileManager.default.fileExists(atPath: root.appendingPathComponent(path).path)
    }
}
