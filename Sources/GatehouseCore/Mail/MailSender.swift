/// Who mails come from, with a name for the reader (RFC 5322, section 3.4: a mailbox).
package struct MailSender: Equatable, Sendable {
    /// As it reads, without quotes; empty for the address alone.
    package let name: String
    /// As it was written: its domain may be in letters of any script.
    package let address: String

    /// The longest name, in octets.
    private static let maxNameLength = 255

    /// Takes an address, or a name in front of one in angle brackets; `nil` for anything else.
    ///
    /// A name in quotes may hold everything that is no control character.
    package init?(_ text: String) {
        let octets = MailSender.trimmed(Array(text.utf8)[...])
        guard !octets.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        guard octets.last == UInt8(ascii: ">") else {
            guard MailSender.parts(ofAddress: text) != nil else { return nil }
            (name, address) = ("", text)
            return
        }
        let name: [UInt8]
        let rest: ArraySlice<UInt8>
        if octets.first == UInt8(ascii: "\"") {
            guard let quoted = MailSender.quoted(octets) else { return nil }
            (name, rest) = (quoted.name, MailSender.trimmed(quoted.rest))
        } else {
            guard let open = octets.firstIndex(of: UInt8(ascii: "<")) else { return nil }
            (name, rest) = (Array(MailSender.trimmed(octets[..<open])), octets[open...])
            guard !name.contains(UInt8(ascii: "\"")), !name.contains(UInt8(ascii: ">")) else { return nil }
        }
        guard rest.first == UInt8(ascii: "<"), name.count <= MailSender.maxNameLength else { return nil }
        let address = String(decoding: rest.dropFirst().dropLast(), as: UTF8.self)
        guard MailSender.parts(ofAddress: address) != nil else { return nil }
        self.name = String(decoding: name, as: UTF8.self)
        self.address = address
    }

    /// The name in quotes at the beginning, and what stands behind it.
    private static func quoted(_ octets: ArraySlice<UInt8>) -> (name: [UInt8], rest: ArraySlice<UInt8>)? {
        var name: [UInt8] = []
        var isEscaped = false
        for (index, octet) in zip(octets.indices, octets).dropFirst() {
            if isEscaped {
                name.append(octet)
                isEscaped = false
            } else if octet == UInt8(ascii: "\\") {
                isEscaped = true
            } else if octet == UInt8(ascii: "\"") {
                return (name, octets[(index + 1)...])
            } else {
                name.append(octet)
            }
        }
        return nil
    }

    private static func trimmed(_ octets: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        var octets = octets
        while octets.first == 0x20 { octets.removeFirst() }
        while octets.last == 0x20 { octets.removeLast() }
        return octets
    }

    /// The two sides of the `@`, if a text can be an address: no blank, no control character, nothing that means something to
    /// SMTP or in a header.
    package static func parts(ofAddress text: String) -> (local: String, domain: String)? {
        let octets = Array(text.utf8)
        guard octets.count <= 254, octets.allSatisfy({ $0 > 0x20 && $0 != 0x7F && !"<>,;:\"()[]\\".utf8.contains($0) })
        else { return nil }
        let parts = octets.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        guard parts.count == 2, parts.allSatisfy({ !$0.isEmpty }), parts[0].count <= 64 else { return nil }
        return (String(decoding: parts[0], as: UTF8.self), String(decoding: parts[1], as: UTF8.self))
    }
}
