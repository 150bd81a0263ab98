package import GatehouseCore
private import GatehouseFormats
package import Logging

/// Makes each record one line of JSON, or of plain text.
///
/// Text from outside is cut at 256 octets, and everything that could break or disguise a line is escaped.
package struct LineLog: LogHandler {
    package enum Format: Sendable {
        case json
        case text
    }

    /// Where lines go, and what stands in each.
    package struct Output: Sendable {
        let format: Format
        let write: @Sendable ([UInt8]) -> Void
        let audit: (@Sendable ([UInt8]) -> Void)?
        let origin: [(key: String, value: String)]
        let clock: @Sendable () -> Timestamp

        /// - Parameters:
        ///   - format: of the log; the audit file is always JSON.
        ///   - origin: members of each line that tell machines apart.
        ///   - clock: the wall clock.
        ///   - write: takes a line, on the thread that logs.
        ///   - audit: takes the lines about an event once more, in JSON.
        package init(
            _ format: Format, origin: [(key: String, value: String)] = [], clock: @escaping @Sendable () -> Timestamp,
            write: @escaping @Sendable ([UInt8]) -> Void, audit: (@Sendable ([UInt8]) -> Void)? = nil
        ) {
            self.format = format
            self.write = write
            self.audit = audit
            self.origin = origin
            self.clock = clock
        }

        /// The line about lines that are missing, as JSON or text.
        package func gap(_ count: Int, _ format: Format) -> [UInt8] {
            let time = LineLog.text(clock())
            let message = "lines were dropped: whoever reads them was too slow"
            let event = Event(.logDropped, [(.count, .number(count))])
            let level = Logger.Level(event.level).rawValue
            let fields = event.members(for: .log).map { (key: $0.field.rawValue, value: "\($0.value)") }
            guard format == .json else {
                let text = fields.map { " \($0.key)=\(LineLog.quoted($0.value))" }.joined()
                return Array("\(time) \(level) \(message)\(text)\n".utf8)
            }
            let name = [(key: EventField.event.rawValue, value: event.name.rawValue)]
            return LineLog.line(
                [(key: "time", value: time), (key: "level", value: level), (key: "message", value: message)]
                    + name + fields + origin)
        }
    }

    private let label: String
    private let output: Output
    /// The least severe lines of the log; those about an event go into the audit file whatever this is.
    private let level: Logger.Level
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(label: String, level: Logger.Level, output: Output) {
        self.label = label
        self.output = output
        self.level = level
        logLevel = output.audit == nil ? level : min(level, .info)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        let time = LineLog.text(output.clock())
        let isEvent = output.audit != nil && merged.contains { $0.key == EventField.event.rawValue }
        let json = output.format == .json || isEvent ? json(event, merged, time) : []
        if isEvent { output.audit?(json) }
        guard event.level >= level else { return }
        guard output.format == .text else { return output.write(json) }
        var line = "\(time) \(event.level.rawValue) \(LineLog.escaped("\(event.message)"))"
        for (key, value) in merged { line += " \(LineLog.escaped(key))=\(LineLog.quoted("\(value)"))" }
        output.write(Array((line + "\n").utf8))
    }

    private func json(
        _ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)], _ time: String
    ) -> [UInt8] {
        let head: [(key: String, value: String)] = [
            ("time", time), ("level", event.level.rawValue), ("logger", label), ("message", "\(event.message)"),
        ]
        return LineLog.line(head + fields.map { (key: $0.key, value: "\($0.value)") } + output.origin)
    }

    /// A line of JSON, with each text in it cut.
    private static func line(_ members: [(key: String, value: String)]) -> [UInt8] {
        Array((JSON.object(members.map { ($0.key, .string($0.value)) }).text(limit: limit) + "\n").utf8)
    }

    /// The most of any text in a line.
    private static let limit = SafeText.Limit.octets(256)

    /// A time in RFC 3339, UTC with milliseconds.
    package static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        return "\(time.date)T\(time.time).\(CalendarTime.padded(time.millisecond, 3))Z"
    }

    package static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// At most 256 octets, as JSON has them.
    package static func escaped(_ text: String) -> String { SafeText.json(text, limit: limit) }
}
