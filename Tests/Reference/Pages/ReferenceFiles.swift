internal import Foundation
internal import GatehouseConfig

/// The files that the reference is made of, and those that are made of it.
package struct ReferenceFiles: Sendable {
    private static let list = "tools/configuration-reference.since"
    private let root: String

    /// Takes the root of the repository.
    package init(root: String) { self.root = root }

    package func reference() throws -> Reference {
        Reference(
            keys: Configuration.keys(), example: ExampleFile(try text("config.example.toml")),
            versions: Reference.versions(try text(ReferenceFiles.list)))
    }

    /// The pages by their paths.
    package func pages(_ reference: Reference) -> [(path: String, text: String)] {
        [("deploy/docs/configuration.md", reference.page), ("deploy/docs/gatehouse.schema.json", reference.schema)]
    }

    package func text(_ path: String) throws -> String {
        try String(contentsOfFile: "\(root)/\(path)", encoding: .utf8)
    }

    package func write(_ text: String, to path: String) throws {
        try text.write(toFile: "\(root)/\(path)", atomically: false, encoding: .utf8)
    }

    /// Puts the keys that no released version has under one.
    package func release(_ version: String) throws {
        let old = try text(ReferenceFiles.list)
        let known = Reference.versions(old)
        let new = Configuration.keys().map(Reference.name).filter { known[$0] == nil }
        guard !new.isEmpty else { return }
        try write("\(old)\(version) \(new.joined(separator: " "))\n", to: ReferenceFiles.list)
    }
}
