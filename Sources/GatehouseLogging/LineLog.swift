package import GatehouseCore
package import Logging

/// Makes each record one line of JSON or of plain text, and hands those about an event on for the audit as well.
///
/// Text from outside is cut at 256 octets, and everything that could break or disguise a line is escaped.
package struct LineLog: LogHandler {
    /// How a record is written.
    package enum Format: Equatable, Sendable {
        /// One JSON object in a line, for log pipelines.
        case json
        /// One readable line.
        case text
        /// A datagram for journald, with fields.
        case journal
        /// A message of RFC 5424, with structured data.
        case syslog(process: Int32)
    }

    /// Where lines about events go besides the log.
    package struct Audit: Sendable {
        let format: Format
        let replacesLog: Bool
        let write: @Sendable ([UInt8]) -> Void

        /// - Parameters:
        ///   - format: of the lines.
        ///   - replacesLog: whether the two are one place, so that a line about an event does not stand there twice.
        ///   - write: takes a line, on the thread that logs.
        package init(
            _ format: Format = .json, replacesLog: Bool = false, write: @escaping @Sendable ([UInt8]) -> Void
        ) {
            self.format = format
            self.replacesLog = replacesLog
            self.write = write
        }
    }

    /// Where lines go, and what stands in each.
    package struct Output: Sendable {
        let format: Format
        let write: @Sendable ([UInt8]) -> Void
        let audit: Audit?
        let origin: [(key: String, value: String)]
        let clock: @Sendable () -> Timestamp

        /// - Parameters:
        ///   - format: of the log.
        ///   - origin: members of each line that tell machines apart.
        ///   - clock: the wall clock.
        ///   - write: takes a line, on the thread that logs.
        ///   - audit: takes the lines about an event once more.
        package init(
            _ format: Format, origin: [(key: String, value: String)] = [], clock: @escaping @Sendable () -> Timestamp,
            write: @escaping @Sendable ([UInt8]) -> Void, audit: Audit? = nil
        ) {
            self.format = format
            self.write = write
            self.audit = audit
            self.origin = origin
            self.clock = clock
        }

        /// The line about lines that are missing.
        package func gap(_ count: Int, _ format: Format) -> [UInt8] {
            let event = Event(.logDropped, [(.count, .number(count))])
            let fields = event.members(for: .log).map { (key: $0.field.rawValue, value: "\($0.value)") }
            let record = LogRecord(
                time: clock(), level: Logger.Level(event.level), label: nil,
                message: "lines were dropped: whoever reads them was too slow",
                fields: [(key: EventField.event.rawValue, value: event.name.rawValue)] + fields, origin: origin)
            return record.octets(format)
        }
    }

    private let label: String
    private let output: Output
    /// The least severe lines of the log; those about an event go into the audit whatever these are.
    private let levels: LogLevels
    package var logLevel: Logger.Level
    package var metadata: Logger.Metadata = [:]
    package var metadataProvider: Logger.MetadataProvider?

    package init(label: String, levels: LogLevels, output: Output) {
        self.label = label
        self.output = output
        self.levels = levels
        logLevel = output.audit == nil ? levels.lowest : min(levels.lowest, .info)
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    package func log(event: LogEvent) {
        let audit = event.eventName == nil ? nil : output.audit
        let isShown = event.level >= levels[LogArea(event)] && audit?.replacesLog != true
        guard isShown || audit != nil else { return }
        let record = record(event)
        let line = isShown ? record.octets(output.format) : []
        if isShown { output.write(line) }
        guard let audit else { return }
        audit.write(isShown && audit.format == output.format ? line : record.octets(audit.format))
    }

    private func record(_ event: LogEvent) -> LogRecord {
        var merged = metadata.merging(event.metadata ?? [:]) { _, new in new }
        if let trace = RequestTrace.current { merged[EventField.traceID.rawValue] = "\(trace.context.trace)" }
        return LogRecord(
            time: output.clock(), level: event.level, label: label, message: "\(event.message)",
            fields: merged.sorted { $0.key < $1.key }.map { (key: $0.key, value: "\($0.value)") }, origin: output.origin
        )
    }

    /// A time in RFC 3339, UTC with milliseconds.
    package static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        return "\(time.date)T\(time.time).\(CalendarTime.padded(time.millisecond, 3))Z"
    }
}
