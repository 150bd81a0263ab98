internal import GatehouseCore

/// Reads one document.
struct JSONReader {
    private let octets: [UInt8]
    private var index = 0

    init(_ octets: [UInt8]) { self.octets = octets }

    mutating func document() throws(JSONValue.Malformed) -> JSONValue {
        let value = try value(depth: 0)
        skipBlanks()
        guard index == octets.count else { throw JSONValue.Malformed(reason: "something follows the document") }
        return value
    }

    private var next: UInt8? { index < octets.count ? octets[index] : nil }

    private mutating func skipBlanks() {
        while let octet = next, octet == 0x20 || octet == 0x0A || octet == 0x0D || octet == 0x09 { index += 1 }
    }

    private mutating func take(_ octet: UInt8) -> Bool {
        guard next == octet else { return false }
        index += 1
        return true
    }

    private mutating func take(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard octets.count - index >= length, octets[index..<(index + length)].elementsEqual(word.description.utf8)
        else {
            return false
        }
        index += length
        return true
    }

    private mutating func value(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        guard depth < JSONValue.maxDepth else { throw JSONValue.Malformed(reason: "it is nested too deeply") }
        skipBlanks()
        switch next {
        case UInt8(ascii: "{"): return try object(depth: depth)
        case UInt8(ascii: "["): return try array(depth: depth)
        case UInt8(ascii: "\""): return .string(try string())
        case UInt8(ascii: "t") where take("true"): return .flag(true)
        case UInt8(ascii: "f") where take("false"): return .flag(false)
        case UInt8(ascii: "n") where take("null"): return .null
        case let octet? where octet == UInt8(ascii: "-") || ASCII.isDigit(octet): return try number()
        default: throw JSONValue.Malformed(reason: "it is no JSON")
        }
    }

    private mutating func object(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        index += 1
        var members: [(name: UTF8Text, value: JSONValue)] = []
        var names: Set<UTF8Text> = []
        skipBlanks()
        if take(UInt8(ascii: "}")) { return .object([]) }
        repeat {
            skipBlanks()
            guard next == UInt8(ascii: "\"") else { throw JSONValue.Malformed(reason: "it is no JSON") }
            let name = try string()
            skipBlanks()
            guard take(UInt8(ascii: ":")) else { throw JSONValue.Malformed(reason: "it is no JSON") }
            guard names.insert(name).inserted else { throw JSONValue.Malformed(reason: "a name stands in it twice") }
            members.append((name, try value(depth: depth + 1)))
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "}")) else { throw JSONValue.Malformed(reason: "it is no JSON") }
        return .object(members)
    }

    private mutating func array(depth: Int) throws(JSONValue.Malformed) -> JSONValue {
        index += 1
        var values: [JSONValue] = []
        skipBlanks()
        if take(UInt8(ascii: "]")) { return .array([]) }
        repeat {
            values.append(try value(depth: depth + 1))
            skipBlanks()
        } while take(UInt8(ascii: ","))
        guard take(UInt8(ascii: "]")) else { throw JSONValue.Malformed(reason: "it is no JSON") }
        return .array(values)
    }

    /// RFC 8259, section 6.
    private mutating func number() throws(JSONValue.Malformed) -> JSONValue {
        let start = index
        _ = take(UInt8(ascii: "-"))
        let leadsWithZero = next == UInt8(ascii: "0")
        guard let count = digits(), !leadsWithZero || count == 1 else {
            throw JSONValue.Malformed(reason: "it is no JSON")
        }
        if take(UInt8(ascii: ".")), digits() == nil { throw JSONValue.Malformed(reason: "it is no JSON") }
        if take(UInt8(ascii: "e")) || take(UInt8(ascii: "E")) {
            _ = take(UInt8(ascii: "+")) || take(UInt8(ascii: "-"))
            if digits() == nil { throw JSONValue.Malformed(reason: "it is no JSON") }
        }
        return .number(JSONNumber(spelled: Array(octets[start..<index])))
    }

    private mutating func digits() -> Int? {
        let start = index
        while let octet = next, ASCII.isDigit(octet) { index += 1 }
        return index > start ? index - start : nil
    }

    private mutating func string() throws(JSONValue.Malformed) -> UTF8Text {
        index += 1
        var text: [UInt8] = []
        while let octet = next {
            index += 1
            switch octet {
            case UInt8(ascii: "\""):
                guard let text = UTF8Text(validating: text) else { throw JSONValue.Malformed(reason: "it is no UTF-8") }
                return text
            case UInt8(ascii: "\\"): text += try escape()
            case 0..<0x20: throw JSONValue.Malformed(reason: "a control character stands in it")
            default: text.append(octet)
            }
        }
        throw JSONValue.Malformed(reason: "it ends within a text")
    }

    private mutating func escape() throws(JSONValue.Malformed) -> [UInt8] {
        guard let octet = next else { throw JSONValue.Malformed(reason: "it ends within a text") }
        index += 1
        switch octet {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return [octet]
        case UInt8(ascii: "b"): return [0x08]
        case UInt8(ascii: "f"): return [0x0C]
        case UInt8(ascii: "n"): return [0x0A]
        case UInt8(ascii: "r"): return [0x0D]
        case UInt8(ascii: "t"): return [0x09]
        case UInt8(ascii: "u"):
            var value = try hex()
            if (0xD800...0xDBFF).contains(value) {
                guard take(UInt8(ascii: "\\")), take(UInt8(ascii: "u")) else {
                    throw JSONValue.Malformed(reason: "half a surrogate pair stands in it")
                }
                let low = try hex()
                guard (0xDC00...0xDFFF).contains(low) else {
                    throw JSONValue.Malformed(reason: "half a surrogate pair stands in it")
                }
                value = 0x10000 + (value - 0xD800) << 10 + (low - 0xDC00)
            }
            guard let scalar = Unicode.Scalar(value) else {
                throw JSONValue.Malformed(reason: "half a surrogate pair stands in it")
            }
            return Array(String(Character(scalar)).utf8)
        default: throw JSONValue.Malformed(reason: "an unknown escape stands in it")
        }
    }

    private mutating func hex() throws(JSONValue.Malformed) -> UInt32 {
        guard octets.count - index >= 4 else { throw JSONValue.Malformed(reason: "it ends within a text") }
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let digit = ASCII.hexValue(octets[index]) else {
                throw JSONValue.Malformed(reason: "an unknown escape stands in it")
            }
            value = value << 4 | UInt32(digit)
            index += 1
        }
        return value
    }
}
