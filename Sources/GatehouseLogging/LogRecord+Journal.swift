private import GatehouseCore

extension LogRecord {
    /// The record as a datagram for journald.
    ///
    /// A field is `NAME=value` and a line break; a value with a line break in it stands after its length instead, so that no
    /// value can begin another field.
    /// - Source: systemd, "Native Journal Protocol".
    var journal: [UInt8] {
        var octets: [UInt8] = []
        func add(_ name: String, _ value: String) {
            let value = Array(LogRecord.cut(value).utf8)
            octets += name.utf8
            if value.contains(0x0A) {
                octets.append(0x0A)
                let count = UInt64(value.count)
                for shift in stride(from: 0, to: 64, by: 8) { octets.append(UInt8(truncatingIfNeeded: count >> shift)) }
            } else {
                octets.append(UInt8(ascii: "="))
            }
            octets += value
            octets.append(0x0A)
        }
        add("MESSAGE", message)
        add("PRIORITY", "\(severity)")
        add("SYSLOG_FACILITY", "\(LogRecord.facility)")
        add("SYSLOG_IDENTIFIER", "gatehouse")
        add("GATEHOUSE_TIME", LineLog.text(time))
        for (key, value) in fields + origin { add(LogRecord.journalName(key), value) }
        return octets
    }

    /// `authpriv`, as syslog and journald count: about people, and not for everybody's eyes.
    static let facility = 10

    /// A field's name: capitals, digits and underscores, at most 64 of them.
    private static func journalName(_ key: String) -> String {
        let name = key.utf8.prefix(54).map { octet in
            ASCII.isLower(octet) ? octet & 0xDF : (ASCII.isUpper(octet) || ASCII.isDigit(octet) ? octet : 0x5F)
        }
        return "GATEHOUSE_" + String(decoding: name, as: UTF8.self)
    }
}
