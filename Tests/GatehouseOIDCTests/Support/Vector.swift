import Foundation
import GatehouseCore
import Testing

/// An entry of `Vectors/rfc.json`, out of the documents, or of `Vectors/made.json`.
struct Vector: Decodable, Sendable, CustomTestStringConvertible {
    let source: String
    let algorithm: String
    let verifies: Bool
    let key: [String: String]
    let token: String

    var testDescription: String { "\(source): \(algorithm)" }

    /// The key as a document.
    var keySet: [UInt8] {
        get throws { Array(try JSONSerialization.data(withJSONObject: ["keys": [key]])) }
    }

    static let all = (try? load("rfc.json") + load("made.json")) ?? []

    static func load(_ name: String) throws -> [Vector] {
        try JSONDecoder().decode([Vector].self, from: Data(file(name)))
    }

    /// A file of the vectors.
    static func file(_ name: String, source: String = #filePath) throws -> [UInt8] {
        let folder = URL(fileURLWithPath: source).deletingLastPathComponent().deletingLastPathComponent()
        return Array(try Data(contentsOf: folder.appendingPathComponent("Vectors/\(name)")))
    }
}
