extension SQLValue {
    /// A value in PostgreSQL's text form, by the type of its column.
    init(postgreSQLText bytes: [UInt8], type: UInt32) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case 16: self = .integer(bytes == [UInt8(ascii: "t")] ? 1 : 0)
        case 20, 21, 23, 26: self = Int64(text).map(SQLValue.integer) ?? .text(bytes)
        case 17: self = .blob(SQLValue.hexOctets(bytes.dropFirst(2)))
        default: self = .text(bytes)
        }
    }

    /// Octets in the form that PostgreSQL reads, `\x` and hexadecimal digits.
    static func postgreSQLText(ofBlob bytes: [UInt8]) -> [UInt8] {
        Array("\\x\(bytes.map { hex($0) }.joined())".utf8)
    }

    private static func hex(_ octet: UInt8) -> String {
        (octet < 16 ? "0" : "") + String(octet, radix: 16)
    }

    private static func hexOctets(_ digits: ArraySlice<UInt8>) -> [UInt8] {
        func value(_ digit: UInt8) -> UInt8 { digit < 58 ? digit &- 48 : (digit | 0x20) &- 87 }
        var octets: [UInt8] = []
        var rest = digits
        while let high = rest.popFirst(), let low = rest.popFirst() { octets.append(value(high) << 4 | value(low)) }
        return octets
    }
}
