internal import GatehouseCore

/// Times as Django writes them on SQLite: UTC without zone, `2026-01-31 23:59:59.123000`.
enum DjangoTime {
    static func text(_ moment: Timestamp) -> String {
        let time = CalendarTime(moment)
        return "\(time.date) \(time.time).\(CalendarTime.padded(time.millisecond * 1_000, 6))"
    }

    /// A time as the database writes it in the form of RFC 3339, with its zone; what has another shape stays as it is.
    ///
    /// SQLite holds UTC without saying so, PostgreSQL says `+00`, or `+05:30` where the server's zone is another one.
    static func rfc3339(_ text: String) -> String {
        var bytes = Array(text.utf8)
        let (blank, zero) = (UInt8(ascii: " "), UInt8(ascii: "0"))
        func areDigits(_ range: Range<Int>) -> Bool { bytes[range].allSatisfy { (zero...(zero + 9)).contains($0) } }
        guard bytes.count >= 19, areDigits(0..<4), bytes[4] == UInt8(ascii: "-"), bytes[10] == blank,
            areDigits(11..<13),
            bytes[13] == UInt8(ascii: ":")
        else { return text }
        bytes[10] = UInt8(ascii: "T")
        let end = bytes[19...].firstIndex { $0 == UInt8(ascii: "+") || $0 == UInt8(ascii: "-") } ?? bytes.count
        guard bytes[19..<end].allSatisfy({ (zero...(zero + 9)).contains($0) || $0 == UInt8(ascii: ".") }) else {
            return text
        }
        let moment = String(decoding: bytes[..<end], as: UTF8.self)
        let zone = String(decoding: bytes[end...], as: UTF8.self)
        switch zone {
        case "", "+00", "+00:00": return "\(moment)Z"
        default: return zone.utf8.count == 3 ? "\(moment)\(zone):00" : "\(moment)\(zone)"
        }
    }
}
