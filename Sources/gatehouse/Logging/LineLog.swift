internal import GatehouseCore
private import Glibc
internal import Logging

/// Writes each record as one line of JSON, or as plain text, to standard error.
///
/// Text from outside is cut at 256 octets, and everything that could break or disguise a line is escaped.
struct LineLog: LogHandler {
    enum Format: Sendable {
        case json
        case text
    }

    let label: String
    let format: Format
    var logLevel: Logger.Level
    var metadata: Logger.Metadata = [:]
    var metadataProvider: Logger.MetadataProvider?
    /// Where the same lines go once more, in JSON; only those about an event.
    let audit: AuditFile?

    init(label: String, format: Format, level: Logger.Level, audit: AuditFile? = nil) {
        self.label = label
        self.format = format
        logLevel = level
        self.audit = audit
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        var line: String
        switch format {
        case .json: line = json(event, merged)
        case .text:
            line = "\(LineLog.now) \(event.level.rawValue) \(LineLog.escaped("\(event.message)"))"
            for (key, value) in merged { line += " \(LineLog.escaped(key))=\(LineLog.quoted("\(value)"))" }
            line += "\n"
        }
        if let audit, merged.contains(where: { $0.key == "event" }) {
            audit.append(format == .json ? line : json(event, merged))
        }
        let bytes = Array(line.utf8)
        // One write for each line, so that lines of several threads do not mix; a full pipe loses lines, never the daemon.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    private func json(_ event: LogEvent, _ fields: [(key: String, value: Logger.MetadataValue)]) -> String {
        var line = #"{"time":"\#(LineLog.now)","level":"\#(event.level.rawValue)","logger":"\#(label)","message":"#
        line += LineLog.quoted("\(event.message)")
        for (key, value) in fields { line += ",\(LineLog.quoted(key)):\(LineLog.quoted("\(value)"))" }
        for (key, value) in audit == nil ? [] : AuditFile.origin {
            line += ",\(LineLog.quoted(key)):\(LineLog.quoted(value))"
        }
        return line + "}\n"
    }

    /// The time in RFC 3339, UTC with milliseconds.
    static var now: String {
        let time = CalendarTime(WallClock.now())
        return "\(time.date)T\(time.time).\(CalendarTime.padded(time.millisecond, 3))Z"
    }

    static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// JSON's escapes, and `\u` for C0, C1, DEL, bidirectional controls and line separators.
    static func escaped(_ text: String) -> String {
        var result = ""
        var octets = 0
        for scalar in text.unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= 256 else { return result + "…" }
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where isDisguise(scalar): result += "\\u" + hex(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    static func isDisguise(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.utf8.count)) + digits
    }
}
