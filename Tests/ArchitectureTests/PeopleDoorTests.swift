import Foundation
import Testing

/// Whoever opens people for changes by itself can forget to write the change down.
@Suite("Commands that change people")
struct PeopleDoorTests {
    @Test("go through the one door that writes changes down")
    func oneDoor() throws {
        let folder = "Sources/GatehouseCommandLine"
        let root = Repository.root.appendingPathComponent(folder)
        let files = try #require(FileManager.default.enumerator(at: root, includingPropertiesForKeys: nil))
        var opening: [String] = []
        for case let file as URL in files where file.pathExtension == "swift" {
            let text = try String(contentsOf: file, encoding: .utf8)
            if text.contains(".administrator(configuration.sessionDoor)") { opening.append(file.lastPathComponent) }
        }
        // An import says what it did in a report of its own.
        #expect(opening.sorted() == ["PeopleDoor.swift", "UserImport.swift"])
    }
}
