package import GatehouseCore

/// A mail as it travels: the envelope and the whole message (RFC 5322).
package struct MailMessage: Equatable, Sendable {
    package let sender: MailAddress
    package let recipient: MailAddress
    /// What is said in it, as whoever wrote it had it: for mailers that show it rather than send it.
    package let subject: String
    package let text: String
    /// Headers, an empty line and the text; every line ends with CR LF.
    package let octets: [UInt8]

    /// Composes a message.
    ///
    /// - Parameters:
    ///   - mail: to whom, and what.
    ///   - sender: from whom.
    ///   - now: the date.
    ///   - id: random octets, which make the message's id.
    /// - Throws: `MailError.refused` for what is no address: nothing that somebody chose gets into a header.
    package init(
        _ mail: Mail, from sender: MailSender, now: Timestamp, id: [UInt8]
    ) throws(MailError) {
        recipient = try MailAddress(mail.recipient.string)
        self.sender = try MailAddress(sender.address)
        subject = mail.subject
        text = mail.text
        let from = MailHeader.mailbox(sender.name, self.sender.text, behind: "From: ")
        let lines = [
            "Date: \(MailMessage.date(now))", "From: \(from)", "To: \(recipient.text)",
            "Subject: \(MailHeader.text(mail.subject))",
            "Message-ID: <\(String(decoding: Base64URL.encode(id), as: UTF8.self))@\(self.sender.domain)>",
            "Auto-Submitted: auto-generated", "MIME-Version: 1.0", "Content-Type: text/plain; charset=utf-8",
            "Content-Transfer-Encoding: quoted-printable", "",
        ]
        octets = lines.flatMap { Array($0.utf8) + [0x0D, 0x0A] } + MailMessage.quotedPrintable(mail.text)
    }

    /// `Mon, 23 Nov 2026 18:14:23 +0000`.
    private static func date(_ now: Timestamp) -> String {
        let time = CalendarTime(now)
        let days = now.milliseconds / 86_400_000 - (now.milliseconds % 86_400_000 < 0 ? 1 : 0)
        let names = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
        let months = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
        // 1970-01-01 was a Thursday.
        let day = names[Int(((days + 3) % 7 + 7) % 7)]
        let parts = time.date.split(separator: "-").map(String.init)
        guard parts.count == 3, let month = Int(parts[1]), months.indices.contains(month - 1) else { return "" }
        return "\(day), \(parts[2]) \(months[month - 1]) \(parts[0]) \(time.time) +0000"
    }

    /// RFC 2045, section 6.7: lines of at most 76 characters, everything that could be mistaken on the way encoded.
    static func quotedPrintable(_ text: String) -> [UInt8] {
        var result: [UInt8] = []
        for line in text.utf8.split(separator: 0x0A, omittingEmptySubsequences: false) {
            let octets = Array(line)
            var length = 0
            for (index, octet) in octets.enumerated() {
                let isLast = index == octets.count - 1
                let isPlain =
                    octet > 0x20 && octet < 0x7F && octet != UInt8(ascii: "=") || octet == 0x20 && !isLast
                let isHeadOfLine = length == 0 && (octet == UInt8(ascii: ".") || octet == UInt8(ascii: "F"))
                let written = isPlain && !isHeadOfLine ? [octet] : encoded(octet)
                if length + written.count > 75 {
                    result += [UInt8(ascii: "="), 0x0D, 0x0A]
                    length = 0
                }
                result += written
                length += written.count
            }
            result += [0x0D, 0x0A]
        }
        // The text's last line break is not followed by another line.
        if text.utf8.last == 0x0A { result.removeLast(2) }
        return result
    }

    private static func encoded(_ octet: UInt8) -> [UInt8] {
        var text = [UInt8(ascii: "=")]
        Hexadecimal.append(octet, to: &text, .upper)
        return text
    }
}
