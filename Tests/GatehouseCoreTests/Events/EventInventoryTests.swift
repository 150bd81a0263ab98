import Foundation
import GatehouseCore
import Testing

/// Holds the sources and the documentation to the inventory.
@Suite("The inventory of events")
struct EventInventoryTests {
    private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()

    @Test("is the only place in the sources where an event's name is spelled")
    func literals() throws {
        let folder = EventInventoryTests.root.appendingPathComponent("Sources")
        let names = try #require(FileManager.default.enumerator(atPath: folder.path)).compactMap { $0 as? String }
        let files = names.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("GatehouseCore/Events/") }
        #expect(files.count > 100)
        let spelled = EventName.allCases.map(\.rawValue)
        for file in files {
            let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
            // A name of one word may be a word for something else, too, where nothing is said of events.
            #expect(!text.contains("\"\(EventField.event.rawValue)\""), "\(file) spells the key of an event")
            for name in spelled where name.contains(".") {
                #expect(!text.contains("\"\(name)\""), "\(file) spells \(name)")
            }
            for name in spelled {
                #expect(!text.contains("event: \"\(name)\""), "\(file) spells \(name)")
            }
        }
    }

    @Test("is what its page says, row by row: `tools/events` writes it")
    func documentation() throws {
        let page = try String(
            contentsOf: EventInventoryTests.root.appendingPathComponent("deploy/docs/events.md"), encoding: .utf8)
        let documented = page.split(separator: "\n").map(String.init)
            .drop { $0 != "| Event | Level | Area | When | Fields |" }.dropFirst(2).prefix { $0.hasPrefix("| ") }
        #expect(Array(documented) == EventName.allCases.map(EventInventoryTests.row))
    }

    /// A row of the table; what many events share has one word there, which the text above the table explains.
    private static func row(_ name: EventName) -> String {
        let definition = name.definition
        var fields = definition.fields
        var shared: [String] = []
        let groups: [(word: String, fields: [EventField])] = [
            ("*person*", [.user, .userID, .backend]), ("*name*", [.nameOctets, .nameID]),
            ("*request*", [.request, .client, .peer, .path]),
        ]
        for group in groups where Set(group.fields).isSubset(of: fields) {
            fields.removeAll { group.fields.contains($0) }
            shared.append(group.word)
        }
        let all = (shared + fields.map { "`\($0.rawValue)`" }).joined(separator: ", ")
        return "| `\(name.rawValue)` | \(definition.level) | \(name.area.rawValue) | \(definition.occasion) | \(all) |"
    }
}
