package import GatehouseCore
package import Logging

/// The least severe lines that are written, for each area of the program.
package struct LogLevels: Sendable {
    private let base: Logger.Level
    private let areas: [LogArea: Logger.Level]
    /// The least severe of all: what is below stands nowhere.
    package let lowest: Logger.Level

    /// - Parameters:
    ///   - base: for every area that is not named.
    ///   - areas: those with a level of their own.
    package init(_ base: Logger.Level, areas: [LogArea: Logger.Level] = [:]) {
        self.base = base
        self.areas = areas
        lowest = areas.values.reduce(base) { min($0, $1) }
    }

    package subscript(_ area: LogArea) -> Logger.Level { areas[area] ?? base }
}

extension LogArea {
    /// The area of a line: that of its event, else the one that it names as its source, else that of the module it comes from.
    init(_ event: LogEvent) {
        if let name = event.eventName, let event = EventName(rawValue: name) {
            self = event.area
            return
        }
        let source = event.source
        self =
            switch source {
            case "GatehouseServer": .checks
            case "GatehousePortal": .portal
            case "GatehousePeople", "GatehouseBackends": .backends
            case "GatehouseRedis", "GatehouseSessions", "GatehouseDatabase": .store
            case "GatehouseMail": .mail
            case "GatehouseListener": .listeners
            default: LogArea(rawValue: source) ?? .daemon
            }
    }
}

extension LogEvent {
    /// The name of the event that the line is about; `nil` for any other line.
    var eventName: String? { metadata?[EventField.event.rawValue].map { "\($0)" } }
}
