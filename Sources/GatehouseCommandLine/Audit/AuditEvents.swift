internal import ArgumentParser
internal import GatehouseCore
internal import GatehouseFormats
internal import GatehouseTerminal

/// `gatehouse audit events`: the inventory of events, from which their page is made, too.
struct AuditEvents: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "events", abstract: "List every event that the log and the audit file may hold.",
        discussion: "With --json also the fields of each, what they say, and who is shown them.")

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard output.json else {
            var listing = Listing(["EVENT", "LEVEL", "AREA", "WHEN"], isJSON: false)
            for name in EventName.allCases {
                let definition = name.definition
                listing.add([name.rawValue, "\(definition.level)", name.area.rawValue, definition.occasion], .null)
            }
            return listing.end("No events.")
        }
        let members: [(key: String, value: JSON)] = [
            ("events", .array(EventName.allCases.map(AuditEvents.object))),
            ("fields", .array(EventField.allCases.map(AuditEvents.object))),
            ("areas", .array(LogArea.allCases.map(AuditEvents.object))),
        ]
        print(JSON.object(members).text)
    }

    private static func object(_ name: EventName) -> JSON {
        let definition = name.definition
        return .object([
            (EventField.event.rawValue, .string(name.rawValue)), ("level", .string("\(definition.level)")),
            ("area", .string(name.area.rawValue)), ("when", .string(definition.occasion)),
            ("fields", .strings(definition.fields.map(\.rawValue))),
        ])
    }

    private static func object(_ field: EventField) -> JSON {
        .object([
            ("field", .string(field.rawValue)), ("meaning", .string(field.meaning)),
            ("log", .flag(field.readers.contains(.log))), ("audit", .flag(field.readers.contains(.audit))),
            ("history", .flag(field.readers.contains(.history))),
        ])
    }

    private static func object(_ area: LogArea) -> JSON {
        .object([("area", .string(area.rawValue)), ("meaning", .string(area.meaning))])
    }
}
