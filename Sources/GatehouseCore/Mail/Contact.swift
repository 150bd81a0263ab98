/// Whom people can turn to: an e-mail address, or a page.
package struct Contact: Hashable, Sendable {
    /// As it is shown: `help@example.com`, or the whole address of the page.
    package let text: String
    /// `mailto:help@example.com`, or the page; printable ASCII.
    package let link: String

    /// Takes an e-mail address, or an address that starts with `https://`; `nil` for anything else.
    package init?(_ text: String) {
        let octets = Array(text.utf8)
        guard octets.count <= 254 else { return nil }
        if let page = ReturnAddress(parsing: octets.span, isAllowed: { $0.scheme == .https }), page.origin != nil {
            self.text = page.text
            link = page.text
            return
        }
        guard let sender = MailSender(text), sender.name.isEmpty, sender.address == text,
            let at = octets.firstIndex(of: UInt8(ascii: "@")),
            Host(parsing: octets.span.extracting((at + 1)..<octets.count)) != nil
        else { return nil }
        var bytes = Array("mailto:".utf8)
        ASCII.appendPercentEncoded(octets[..<at], to: &bytes)
        bytes += octets[at...]
        self.text = text
        link = String(decoding: bytes, as: UTF8.self)
    }
}
