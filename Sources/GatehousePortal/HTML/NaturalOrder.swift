internal import GatehouseCore

/// The order in which people count: `a2` before `a10`, and capitals beside their small letters.
enum NaturalOrder {
    /// Whether a text comes before another one; a total order, as equal ones are compared octet by octet.
    static func isBefore(_ left: UTF8Text, _ right: UTF8Text) -> Bool {
        let (first, second) = (parts(of: left.bytes), parts(of: right.bytes))
        for (one, other) in zip(first, second) where one != other { return one < other }
        guard first.count == second.count else { return first.count < second.count }
        return left.bytes.lexicographicallyPrecedes(right.bytes)
    }

    /// A run of digits, without the zeros in front, or one other octet.
    private enum Part: Comparable {
        case number([UInt8])
        case octet(UInt8)

        static func < (left: Part, right: Part) -> Bool {
            switch (left, right) {
            case (.number(let left), .number(let right)):
                left.count == right.count ? left.lexicographicallyPrecedes(right) : left.count < right.count
            case (.octet(let left), .octet(let right)): left < right
            case (.number, .octet(let right)): UInt8(ascii: "0") < right
            case (.octet(let left), .number): left < UInt8(ascii: "0")
            }
        }
    }

    private static func parts(of octets: [UInt8]) -> [Part] {
        var parts: [Part] = []
        var rest = octets[...]
        while let first = rest.first {
            guard isDigit(first) else {
                parts.append(.octet(ASCII.lowercased(first)))
                rest = rest.dropFirst()
                continue
            }
            let digits = rest.prefix(while: isDigit)
            parts.append(.number(Array(digits.drop { $0 == UInt8(ascii: "0") })))
            rest = rest.dropFirst(digits.count)
        }
        return parts
    }

    private static func isDigit(_ octet: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(octet) }
}
