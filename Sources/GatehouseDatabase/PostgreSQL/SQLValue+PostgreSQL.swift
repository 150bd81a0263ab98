internal import GatehouseCore

extension SQLValue {
    /// A value in PostgreSQL's text form, by the type of its column.
    init(postgreSQLText bytes: [UInt8], type: UInt32) {
        let text = String(decoding: bytes, as: UTF8.self)
        switch type {
        case 16: self = .integer(bytes == [UInt8(ascii: "t")] ? 1 : 0)
        case 20, 21, 23, 26: self = Int64(text).map(SQLValue.integer) ?? .text(bytes)
        case 17: self = Hexadecimal.octets(bytes.dropFirst(2)).map(SQLValue.blob) ?? .text(bytes)
        default: self = .text(bytes)
        }
    }

    /// Octets in the form that PostgreSQL reads, `\x` and hexadecimal digits.
    static func postgreSQLText(ofBlob bytes: [UInt8]) -> [UInt8] {
        Array("\\x".utf8) + Hexadecimal.digits(bytes)
    }
}
