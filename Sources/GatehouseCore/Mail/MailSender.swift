/// Who mails come from: `Gatehouse <auth@example.com>`.
package struct MailSender: Equatable, Sendable {
    /// Empty for the address alone.
    package let name: String
    package let address: String

    /// Takes an address with or without a name in front of it; `nil` for anything else.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        guard !octets.contains(where: { $0 < 0x20 || $0 == 0x7F }) else { return nil }
        if let open = octets.lastIndex(of: UInt8(ascii: "<")) {
            guard octets.last == UInt8(ascii: ">") else { return nil }
            address = String(decoding: octets[(open + 1)...].dropLast(), as: UTF8.self)
            let before = octets[..<open].drop { $0 == 0x20 }.reversed().drop { $0 == 0x20 }.reversed()
            name = String(decoding: Array(before), as: UTF8.self)
        } else {
            address = text
            name = ""
        }
        guard MailSender.isAddress(address), name.utf8.count <= 128,
            !name.utf8.contains(where: { "<>@\"".utf8.contains($0) })
        else { return nil }
    }

    /// Whether a text can be an address of an envelope: printable ASCII, one `@` with something on both sides, and nothing that
    /// means something to SMTP.
    private static func isAddress(_ text: String) -> Bool {
        let octets = Array(text.utf8)
        guard octets.count <= 254, octets.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"<>,;:\"()[]\\".utf8.contains($0) })
        else { return false }
        let parts = octets.split(separator: UInt8(ascii: "@"), omittingEmptySubsequences: false)
        return parts.count == 2 && parts.allSatisfy { !$0.isEmpty } && parts[0].count <= 64
    }
}
