private import GatehouseCore

extension LogRecord {
    /// The record as a message of syslog (RFC 5424): its fields are structured data, its event is the message's id.
    ///
    /// What is not printable is escaped as in a terminal before the RFC's own escapes (section 6.3.3), so that no receiver
    /// sees more than one line. `32473` is the enterprise number for whoever has none (RFC 5612).
    ///
    /// - Parameter process: the id of the process.
    /// - Returns: the message, without a line break.
    func syslog(_ process: Int32) -> [UInt8] {
        let event = fields.first { $0.key == EventField.event.rawValue }?.value
        let host = origin.first { $0.key == "instance" }?.value
        var line = "<\(LogRecord.facility * 8 + severity)>1 \(LineLog.text(time)) "
        line += "\(LogRecord.word(host, 255)) gatehouse \(process) \(LogRecord.word(event, 32)) [gatehouse@32473"
        for (key, value) in fields + origin {
            line += " \(LogRecord.word(key, 32))=\"\(LogRecord.parameter(value))\""
        }
        line += "] "
        let text = SafeText.shown(LogRecord.cut(message))
        let isPlain = text.utf8.allSatisfy { $0 < 0x80 }
        return Array(line.utf8) + (isPlain ? [] : [0xEF, 0xBB, 0xBF]) + Array(text.utf8)
    }

    /// A word of the head or the name of a parameter: printable ASCII without what ends either; `-` for none.
    private static func word(_ text: String?, _ limit: Int) -> String {
        guard let text, !text.isEmpty else { return "-" }
        let octets = text.utf8.prefix(limit).map { octet in
            let ends = octet == UInt8(ascii: "=") || octet == UInt8(ascii: "]") || octet == UInt8(ascii: "\"")
            return octet > 0x20 && octet < 0x7F && !ends ? octet : UInt8(ascii: "_")
        }
        return String(decoding: octets, as: UTF8.self)
    }

    /// The value of a parameter, without the quotes.
    private static func parameter(_ text: String) -> String {
        var value = ""
        for scalar in SafeText.shown(cut(text)).unicodeScalars {
            if scalar == "\"" || scalar == "\\" || scalar == "]" { value += "\\" }
            value.unicodeScalars.append(scalar)
        }
        return value
    }
}
