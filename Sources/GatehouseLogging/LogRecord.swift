package import GatehouseCore
private import GatehouseFormats
internal import Logging

/// What one line of the log says, before it is written in a format.
///
/// Each format cuts texts at 256 octets, and keeps what came from outside from being more than a value in one record.
package struct LogRecord: Sendable {
    let time: Timestamp
    let level: Logger.Level
    /// Who wrote it; `nil` for a line of the log about itself.
    let label: String?
    let message: String
    /// In the order in which they are written.
    let fields: [(key: String, value: String)]
    /// What tells machines apart.
    let origin: [(key: String, value: String)]

    init(
        time: Timestamp, level: Logger.Level, label: String?, message: String,
        fields: [(key: String, value: String)], origin: [(key: String, value: String)]
    ) {
        self.time = time
        self.level = level
        self.label = label
        self.message = message
        self.fields = fields
        self.origin = origin
    }

    /// What was done on the command line, where no logger runs.
    ///
    /// - Parameters:
    ///   - event: what was done; its occasion is the message.
    ///   - person: who did it.
    ///   - time: when.
    ///   - origin: what tells machines apart.
    package init(
        _ event: Event, by person: String, at time: Timestamp, origin: [(key: String, value: String)]
    ) {
        let head = [
            (key: EventField.event.rawValue, value: event.name.rawValue),
            (key: EventField.by.rawValue, value: person),
        ]
        self.init(
            time: time, level: Logger.Level(event.level), label: nil, message: event.name.definition.occasion,
            fields: head + event.members(for: .audit).map { (key: $0.field.rawValue, value: "\($0.value)") },
            origin: origin)
    }

    /// The record as it is written, with the line break that ends it where the format has one.
    package func octets(_ format: LineLog.Format) -> [UInt8] {
        switch format {
        case .json: json
        case .text: text
        case .journal: journal
        case .syslog(let process): syslog(process)
        }
    }

    /// The most octets of any text.
    static let limit = 256

    private var json: [UInt8] {
        var members = [(key: "time", value: LineLog.text(time)), (key: "level", value: level.rawValue)]
        if let label { members.append((key: "logger", value: label)) }
        members.append((key: "message", value: message))
        let object = JSON.object((members + fields + origin).map { ($0.key, .string($0.value)) })
        return Array((object.text(limit: .octets(LogRecord.limit)) + "\n").utf8)
    }

    private var text: [UInt8] {
        var line = "\(LineLog.text(time)) \(level.rawValue) \(LogRecord.escaped(message))"
        for (key, value) in fields { line += " \(LogRecord.escaped(key))=\"\(LogRecord.escaped(value))\"" }
        return Array((line + "\n").utf8)
    }

    /// As JSON has it.
    private static func escaped(_ text: String) -> String { SafeText.json(text, limit: .octets(limit)) }

    /// The level as syslog and journald count (RFC 5424, section 6.2.1).
    var severity: Int {
        switch level {
        case .trace, .debug: 7
        case .info: 6
        case .notice: 5
        case .warning: 4
        case .error: 3
        case .critical: 2
        }
    }

    /// A text without what is beyond the limit; no character is cut through.
    static func cut(_ text: String) -> String {
        guard text.utf8.count > limit else { return text }
        var room = limit
        let kept = text.unicodeScalars.prefix { scalar in
            room -= UTF8.width(scalar)
            return room >= 0
        }
        return String(String.UnicodeScalarView(kept)) + "…"
    }
}
