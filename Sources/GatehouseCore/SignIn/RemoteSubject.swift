/// What a header says about somebody who was recognised in front of us.
package enum RemoteSubject: String, CaseIterable, Sendable {
    /// The name itself.
    case name
    /// The subject of a client certificate, in whose `CN` the name stands (RFC 4514): `CN=alice,O=Example`.
    case distinguishedName = "dn"

    /// The name; `nil` if there is none, or if it is not clear which it is.
    package func name(in value: UTF8Text) -> UTF8Text? {
        switch self {
        case .name: value.isEmpty ? nil : value
        case .distinguishedName: RemoteSubject.commonName(value.bytes)
        }
    }

    /// The value of the one `CN`; `nil` for none, several, or text that is no distinguished name.
    private static func commonName(_ text: [UInt8]) -> UTF8Text? {
        var found: [[UInt8]] = []
        var index = 0
        while index < text.count {
            while index < text.count, text[index] == 0x20 { index += 1 }
            guard let equals = text[index...].firstIndex(of: UInt8(ascii: "=")),
                text[index..<equals].allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2E || $0 == 0x2D }),
                equals > index
            else { return nil }
            let isCommonName = Array(text[index..<equals]).span.equalsIgnoringCase("cn")
            guard let value = value(text, from: equals + 1) else { return nil }
            if isCommonName { found.append(value.octets) }
            index = value.end
        }
        return found.count == 1
            ? found.first.flatMap(UTF8Text.init(validating:)).flatMap { $0.isEmpty ? nil : $0 } : nil
    }

    /// A value with its escapes resolved, and where the next attribute begins.
    ///
    /// Quoted and hexadecimal values (`"…"`, `#…`) and several attributes in one (`+`) are refused.
    private static func value(_ text: [UInt8], from start: Int) -> (octets: [UInt8], end: Int)? {
        var octets: [UInt8] = []
        var index = start
        if index < text.count, text[index] == UInt8(ascii: "#") { return nil }
        while index < text.count {
            switch text[index] {
            case UInt8(ascii: ","):
                return index + 1 < text.count ? (octets, index + 1) : nil
            case UInt8(ascii: "+"), UInt8(ascii: "\""), UInt8(ascii: ";"), UInt8(ascii: "<"), UInt8(ascii: ">"), 0:
                return nil
            case UInt8(ascii: "\\"):
                guard index + 1 < text.count else { return nil }
                if let octet = Hexadecimal.octet(behind: index, of: text) {
                    octets.append(octet)
                    index += 3
                } else {
                    guard " \"#+,;<=>\\".utf8.contains(text[index + 1]) else { return nil }
                    octets.append(text[index + 1])
                    index += 2
                }
            case let octet:
                octets.append(octet)
                index += 1
            }
        }
        return (octets, index)
    }
}
