internal import GatehouseCore

/// A search filter (RFC 4515) in its parts, as far as it is needed to know what it asks of a group and what of its members.
indirect enum LDAPFilter: Equatable, Sendable {
    case all([LDAPFilter])
    case any([LDAPFilter])
    case not(LDAPFilter)
    /// A condition without its parentheses.
    case condition([UInt8])
    case always(Bool)

    /// `nil` for what is no filter.
    init?(_ text: String) {
        var rest = Array(text.utf8)[...]
        guard let filter = LDAPFilter(&rest, depth: 0), rest.isEmpty else { return nil }
        self = filter
    }

    private init?(_ rest: inout ArraySlice<UInt8>, depth: Int) {
        LDAPFilter.skipBlanks(&rest)
        guard depth < 32, rest.popFirst() == UInt8(ascii: "(") else { return nil }
        LDAPFilter.skipBlanks(&rest)
        switch rest.first {
        case UInt8(ascii: "&"), UInt8(ascii: "|"):
            let isAll = rest.popFirst() == UInt8(ascii: "&")
            var parts: [LDAPFilter] = []
            LDAPFilter.skipBlanks(&rest)
            while rest.first == UInt8(ascii: "(") {
                guard let part = LDAPFilter(&rest, depth: depth + 1) else { return nil }
                parts.append(part)
                LDAPFilter.skipBlanks(&rest)
            }
            self = isAll ? .all(parts) : .any(parts)
        case UInt8(ascii: "!"):
            _ = rest.popFirst()
            guard let part = LDAPFilter(&rest, depth: depth + 1) else { return nil }
            self = .not(part)
        default:
            // Parentheses within a value are written in hexadecimal.
            let text = rest.prefix { $0 != UInt8(ascii: "(") && $0 != UInt8(ascii: ")") }
            guard text.contains(UInt8(ascii: "=")) else { return nil }
            rest = rest.dropFirst(text.count)
            self = .condition(Array(text))
        }
        LDAPFilter.skipBlanks(&rest)
        guard rest.popFirst() == UInt8(ascii: ")") else { return nil }
        LDAPFilter.skipBlanks(&rest)
    }

    private static func skipBlanks(_ rest: inout ArraySlice<UInt8>) { rest = rest.drop { $0 == 0x20 } }

    /// The filter as text; what is always so or never is asked of the attribute that every entry has.
    var text: String {
        switch self {
        case .all(let parts): "(&\(parts.map(\.text).joined()))"
        case .any(let parts): "(|\(parts.map(\.text).joined()))"
        case .not(let part): "(!\(part.text))"
        case .condition(let text): "(\(String(decoding: text, as: UTF8.self)))"
        case .always(let isSo): isSo ? "(objectClass=*)" : "(!(objectClass=*))"
        }
    }

    /// The conditions that hold one of some marks and ask that something is so: none of those under a `!`.
    func conditions(with marks: [String]) -> [String] {
        switch self {
        case .all(let parts), .any(let parts): parts.flatMap { $0.conditions(with: marks) }
        case .condition(let text):
            marks.contains { LDAPFilter.has(text, $0) } ? ["(\(String(decoding: text, as: UTF8.self)))"] : []
        case .not, .always: []
        }
    }

    /// The filter without the conditions that hold one of some marks: what it asks of everybody.
    ///
    /// It is as wide as can be: what it left out holds, and where it stood under a `!` does not.
    func without(_ marks: [String]) -> LDAPFilter { without(marks, assuming: true) }

    private func without(_ marks: [String], assuming isSo: Bool) -> LDAPFilter {
        switch self {
        case .condition(let text): return marks.contains { LDAPFilter.has(text, $0) } ? .always(isSo) : self
        case .always: return self
        case .not(let part):
            let part = part.without(marks, assuming: !isSo)
            if case .always(let isSo) = part { return .always(!isSo) }
            return .not(part)
        case .all(let parts):
            let parts = parts.map { $0.without(marks, assuming: isSo) }.filter { $0 != .always(true) }
            if parts.contains(.always(false)) { return .always(false) }
            return parts.isEmpty ? .always(true) : .all(parts)
        case .any(let parts):
            let parts = parts.map { $0.without(marks, assuming: isSo) }.filter { $0 != .always(false) }
            if parts.contains(.always(true)) { return .always(true) }
            return parts.isEmpty ? .always(false) : .any(parts)
        }
    }

    private static func has(_ text: [UInt8], _ mark: String) -> Bool {
        text.indices.contains { text[$0...].starts(with: mark.utf8) }
    }
}
