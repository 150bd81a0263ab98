package import GatehouseCore

/// What the headers of an answer say.
extension IdentityHeaders {
    /// Whether an application could read a header of this name as one of ours, or of a preset.
    ///
    /// CGI and what descends from it (RFC 3875, section 4.1.18) make one variable of all names that differ only in letter case
    /// and in octets that are no letters or digits.
    package func hasAlias(_ name: [UInt8]) -> Bool {
        fields.contains { IdentityHeaders.fold($0.name, name) }
            || IdentityHeaders.presetNames.contains { IdentityHeaders.fold($0, name) }
    }

    /// Whether both are one variable.
    private static func fold(_ own: String, _ name: [UInt8]) -> Bool {
        own.utf8.count == name.count && zip(own.utf8, name).allSatisfy { folded($0) == folded($1) }
    }

    private static func folded(_ octet: UInt8) -> UInt8 {
        ASCII.isAlphanumeric(octet) ? ASCII.lowercased(octet) : UInt8(ascii: "_")
    }

    /// The lines of an answer: every header exactly once, empty where there is nothing to say.
    ///
    /// - Parameters:
    ///   - identity: who passes; `nil` on a page that is open to anyone.
    ///   - disclosure: which groups and permissions the application asked for.
    /// - Returns: whole lines, each with its line end.
    package func lines(for identity: Identity?, disclosure: Disclosure) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity(192)
        for field in fields {
            lines += field.name.utf8
            lines += ": ".utf8
            switch field.header {
            case .user: IdentityHeaders.append(identity?.name.text, to: &lines)
            case .name: IdentityHeaders.append(identity?.displayName, to: &lines)
            case .email: IdentityHeaders.append(identity?.email, to: &lines)
            case .groups: IdentityHeaders.append(identity?.groups, disclosure.groups, to: &lines)
            case .permissions: IdentityHeaders.append(identity?.permissions, disclosure.permissions, to: &lines)
            case .superuser: if identity?.isSuperuser == true { lines += "true".utf8 }
            }
            lines += "\r\n".utf8
        }
        return lines
    }

    private static func append(_ text: UTF8Text?, to value: inout [UInt8]) {
        guard let text else { return }
        append(text.bytes, isListItem: false, to: &value)
    }

    private static func append<Kind>(_ names: [Name<Kind>]?, _ wanted: [NamePattern], to value: inout [UInt8]) {
        guard let names, !wanted.isEmpty else { return }
        var isFirst = true
        for name in names where wanted.contains(where: { $0.matches(name.text) }) {
            if !isFirst { value.append(UInt8(ascii: ",")) }
            append(name.text.bytes, isListItem: true, to: &value)
            isFirst = false
        }
    }

    /// Printable ASCII as it is; `%`, outer blanks, in lists `,`, and all else percent-encoded, so that decoding gives the
    /// exact bytes back.
    private static func append(_ bytes: [UInt8], isListItem: Bool, to value: inout [UInt8]) {
        for (index, octet) in bytes.enumerated() {
            let isOuterBlank = octet == 0x20 && (index == 0 || index == bytes.count - 1)
            let isPlain = octet >= 0x20 && octet < 0x7F && octet != UInt8(ascii: "%") && !isOuterBlank
            if isPlain, !(isListItem && octet == UInt8(ascii: ",")) {
                value.append(octet)
            } else {
                ASCII.appendPercentEncoded(octet, to: &value)
            }
        }
    }
}
