internal import GatehouseCore

/// Puts names that somebody typed into filters and names of entries.
enum LDAPText {
    /// RFC 4515, section 3: everything but letters, digits and a few marks is written in hexadecimal.
    static func filter(_ template: String, _ values: [(mark: StaticString, octets: [UInt8])]) -> String {
        filled(template, values) { octets in
            octets.flatMap { octet -> [UInt8] in
                ASCII.isAlphanumeric(octet) || "-_.@ ".utf8.contains(octet) ? [octet] : hex(octet)
            }
        }
    }

    /// The name to bind with; `nil` for what can be part of none.
    ///
    /// In the name of an entry (RFC 4514, section 2.4) everything unusual is written in hexadecimal. Without `=` a template is
    /// none, but `{name}@example.com` or `EXAMPLE\{name}`, where nothing can be escaped; the whole
    /// `alice@example.com` may be typed there, too.
    static func bindName(_ template: String, _ value: [UInt8]) -> String? {
        guard template.utf8.contains(UInt8(ascii: "=")) else {
            let name = localPart(value, of: template) ?? value
            return isPlain(name) ? filled(template, [("{name}", name)]) { $0 } : nil
        }
        return filled(template, [("{name}", value)]) { octets in
            octets.flatMap { octet -> [UInt8] in
                ASCII.isAlphanumeric(octet) || "-_.@".utf8.contains(octet) ? [octet] : hex(octet)
            }
        }
    }

    /// What stands before the domain if that is the one of the template, like `alice` for `{name}@example.com`; `nil` for any
    /// other text.
    static func localPart(_ value: [UInt8], of template: String) -> [UInt8]? {
        let mark = "{name}@"
        guard template.utf8.starts(with: mark.utf8) else { return nil }
        let domain = template.utf8.dropFirst(mark.utf8.count).map { ASCII.lowercased($0) }
        let local = value.prefix { $0 != UInt8(ascii: "@") }
        let rest = value.dropFirst(local.count + 1).map { ASCII.lowercased($0) }
        return !local.isEmpty && rest == domain ? Array(local) : nil
    }

    private static func isPlain(_ value: [UInt8]) -> Bool {
        value.allSatisfy { $0 > 0x20 && $0 != 0x7F && !"@\\".utf8.contains($0) }
    }

    /// A filter without its conditions on the typed name: what it asks of everybody.
    static func filterForAnybody(_ template: String) -> String {
        var text = Array(template.utf8)
        let mark = Array("{name}".utf8)
        while let place = text.indices.first(where: { text[$0...].starts(with: mark) }) {
            guard let open = text[..<place].lastIndex(of: UInt8(ascii: "(")),
                let close = text[place...].firstIndex(of: UInt8(ascii: ")"))
            else { break }
            text.replaceSubrange(open...close, with: "(objectClass=*)".utf8)
        }
        return String(decoding: text, as: UTF8.self)
    }

    /// A condition on one attribute.
    static func condition(_ attribute: String, _ octets: [UInt8]) -> String {
        filter("(\(attribute)={value})", [("{value}", octets)])
    }

    /// Replaces marks from left to right; what was put in is not looked at again.
    private static func filled(
        _ template: String, _ values: [(mark: StaticString, octets: [UInt8])], _ escape: ([UInt8]) -> [UInt8]
    ) -> String {
        let text = Array(template.utf8)
        var result: [UInt8] = []
        var index = 0
        while index < text.count {
            if text[index] == UInt8(ascii: "{"),
                let value = values.first(where: { text[index...].starts(with: $0.mark.description.utf8) })
            {
                result += escape(value.octets)
                index += value.mark.utf8CodeUnitCount
            } else {
                result.append(text[index])
                index += 1
            }
        }
        return String(decoding: result, as: UTF8.self)
    }

    static func hex(_ octet: UInt8) -> [UInt8] {
        [UInt8(ascii: "\\")] + Hexadecimal.digits([octet])
    }

    /// A server's words for a log: printable, not too long, and never with a password in it that it was told.
    static func words(_ text: [UInt8], without password: [UInt8]) -> String {
        // Neither whole nor cut off at the end.
        let isSafe =
            password.isEmpty
            || !text.indices.contains { text[$0...].starts(with: password) || password.starts(with: text[$0...]) }
        guard isSafe, let text = UTF8Text(validating: text) else { return "" }
        return SafeText.words(text.string)
    }

    /// The value of the first part of an entry's name: `admins` of `cn=admins,ou=groups,dc=example,dc=com`.
    static func firstValue(of name: [UInt8]) -> [UInt8]? {
        guard let equals = name.firstIndex(of: UInt8(ascii: "=")) else { return nil }
        var value: [UInt8] = []
        var index = equals + 1
        while index < name.count {
            switch name[index] {
            case UInt8(ascii: ","), UInt8(ascii: "+"): return value.isEmpty ? nil : value
            case UInt8(ascii: "\\"):
                if let octet = Hexadecimal.octet(behind: index, of: name) {
                    value.append(octet)
                    index += 3
                } else {
                    guard index + 1 < name.count else { return nil }
                    value.append(name[index + 1])
                    index += 2
                }
            case let octet:
                value.append(octet)
                index += 1
            }
        }
        return value.isEmpty ? nil : value
    }
}
