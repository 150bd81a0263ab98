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

    init(label: String, format: Format, level: Logger.Level) {
        self.label = label
        self.format = format
        logLevel = level
    }

    subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { metadata[key] }
        set { metadata[key] = newValue }
    }

    func log(event: LogEvent) {
        let merged = metadata.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
        var line: String
        switch format {
        case .json:
            line = #"{"time":"\#(UTCTime.now)","level":"\#(event.level.rawValue)","logger":"\#(label)","message":"#
            line += LineLog.quoted("\(event.message)")
            for (key, value) in merged { line += ",\(LineLog.quoted(key)):\(LineLog.quoted("\(value)"))" }
            line += "}\n"
        case .text:
            line = "\(UTCTime.now) \(event.level.rawValue) \(LineLog.escaped("\(event.message)"))"
            for (key, value) in merged { line += " \(LineLog.escaped(key))=\(LineLog.quoted("\(value)"))" }
            line += "\n"
        }
        let bytes = Array(line.utf8)
        // One write for each line, so that lines of several threads do not mix; a full pipe loses lines, never the daemon.
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }

    static func quoted(_ text: String) -> String { "\"\(escaped(text))\"" }

    /// JSON's escapes, and `\u` for C0, C1, DEL, bidirectional controls and line separators.
    static func escaped(_ text: String) -> String {
        var result = ""
        var octets = 0
        for scalar in text.unicodeScalars {
            octets += UTF8.width(scalar)
            guard octets <= 1_024 else { return result + "…" }
            switch scalar {
            case "\"": result += "\\\""
            case "\\": result += "\\\\"
            case _ where isDisguise(scalar): result += "\\u" + hex(scalar.value)
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static func isDisguise(_ scalar: Unicode.Scalar) -> Bool {
        switch scalar.value {
        case 0..<0x20, 0x7F...0x9F, 0x061C, 0x200B...0x200F, 0x2028...0x202E, 0x2066...0x2069, 0xFEFF: true
        default: false
        }
    }

    private static func hex(_ value: UInt32) -> String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: max(0, 4 - digits.count)) + digits
    }
}

/// UTC time in RFC 3339 with milliseconds.
enum UTCTime {
    static var now: String {
        var moment = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &moment)
        return text(seconds: moment.tv_sec, milliseconds: moment.tv_nsec / 1_000_000)
    }

    static func text(seconds: Int, milliseconds: Int) -> String {
        var seconds = seconds
        var parts = unsafe tm()
        _ = unsafe gmtime_r(&seconds, &parts)
        func padded(_ value: Int, _ width: Int) -> String {
            let text = String(value)
            return String(repeating: "0", count: max(0, width - text.count)) + text
        }
        let (year, month, day) = unsafe (Int(parts.tm_year) + 1_900, Int(parts.tm_mon) + 1, Int(parts.tm_mday))
        let (hour, minute, second) = unsafe (Int(parts.tm_hour), Int(parts.tm_min), Int(parts.tm_sec))
        let date = "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))"
        let time = "\(padded(hour, 2)):\(padded(minute, 2)):\(padded(second, 2))"
        return "\(date)T\(time).\(padded(milliseconds, 3))Z"
    }
}
