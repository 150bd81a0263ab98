package import GatehouseCore
package import Logging

extension Logger {
    /// Writes an event down; lines with one go into the audit file as well.
    ///
    /// - Parameters:
    ///   - event: says its level and fields; those that the log is not shown are left out.
    ///   - message: what happened, for whoever reads the log.
    package func log(_ event: Event, _ message: Logger.Message) {
        (handler as? any EventHearing)?.hear(event)
        var fields: Logger.Metadata = [EventField.event.rawValue: "\(event.name.rawValue)"]
        for member in event.members(for: .log) { fields[member.field.rawValue] = "\(member.value)" }
        log(level: Logger.Level(event.level), message, metadata: fields)
    }
}

extension Logger.Level {
    package init(_ level: EventLevel) {
        self =
            switch level {
            case .info: .info
            case .notice: .notice
            case .warning: .warning
            case .error: .error
            }
    }
}
