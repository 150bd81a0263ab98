internal import GatehouseCore

/// Writes the flat objects that questions are made of.
struct JSONText {
    private var octets = Array("{".utf8)

    mutating func add(_ name: StaticString, _ text: UTF8Text) {
        begin(name)
        octets.append(UInt8(ascii: "\""))
        for octet in text.bytes {
            switch octet {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"): octets += [UInt8(ascii: "\\"), octet]
            case 0..<0x20, 0x7F:
                octets += "\\u00".utf8
                Hexadecimal.append(octet, to: &octets)
            default: octets.append(octet)
            }
        }
        octets.append(UInt8(ascii: "\""))
    }

    mutating func add(_ name: StaticString, _ number: Int) {
        begin(name)
        octets += String(number).utf8
    }

    private mutating func begin(_ name: StaticString) {
        if octets.count > 1 { octets.append(UInt8(ascii: ",")) }
        octets += "\"\(name)\":".utf8
    }

    /// The whole object and a line break.
    var document: [UInt8] { octets + Array("}\n".utf8) }
}
