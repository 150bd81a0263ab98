package import GatehouseCore
internal import GatehouseOutbound

/// A mail as it travels: the envelope and the whole message (RFC 5322).
package struct MailMessage: Equatable, Sendable {
    package let sender: MailSender
    package let recipient: String
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
    /// - Throws: `MailError.refused` for a recipient that is no address: nothing that somebody chose gets into a header.
    package init(
        _ mail: Mail, from sender: MailSender, now: Timestamp, id: [UInt8]
    ) throws(MailError) {
        let recipient = mail.recipient.string
        guard SMTPMail.isAddress(recipient) else {
            throw .refused(reason: "the recipient is no address that mail can be sent to")
        }
        self.sender = sender
        self.recipient = recipient
        subject = mail.subject
        text = mail.text
        let domain =
            sender.address.utf8.split(separator: UInt8(ascii: "@")).last.map { String($0) ?? "" } ?? "localhost"
        let from = sender.name.isEmpty ? sender.address : "\(MailMessage.phrase(sender.name)) <\(sender.address)>"
        let lines = [
            "Date: \(MailMessage.date(now))", "From: \(from)", "To: \(recipient)",
            "Subject: \(MailMessage.encodedWords(mail.subject))",
            "Message-ID: <\(String(decoding: Base64URL.encode(id), as: UTF8.self))@\(domain)>",
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

    /// A name in front of an address: quoted, or as encoded words where ASCII is not enough.
    private static func phrase(_ name: String) -> String {
        let isPlain = name.utf8.allSatisfy { $0 >= 0x20 && $0 < 0x7F && $0 != UInt8(ascii: "\\") }
        return isPlain ? "\"\(name)\"" : encodedWords(name)
    }

    /// RFC 2047: each word holds whole characters of at most 42 octets, so that no line becomes too long.
    static func encodedWords(_ text: String) -> String {
        let clean = text.unicodeScalars.filter { $0.value >= 0x20 && $0.value != 0x7F }
        let isPlain = clean.allSatisfy { $0.isASCII } && clean.count <= 60 && !text.utf8.starts(with: "=?".utf8)
        guard !isPlain else { return String(String.UnicodeScalarView(clean)) }
        var words: [[UInt8]] = [[]]
        for scalar in clean {
            let octets = Array(String(scalar).utf8)
            if (words.last?.count ?? 0) + octets.count > 42 { words.append([]) }
            words[words.count - 1] += octets
        }
        return words.map { "=?utf-8?B?\(base64($0))?=" }.joined(separator: "\r\n ")
    }

    private static func base64(_ octets: [UInt8]) -> String {
        let text = Base64URL.encode(octets).map { octet -> UInt8 in
            switch octet {
            case UInt8(ascii: "-"): UInt8(ascii: "+")
            case UInt8(ascii: "_"): UInt8(ascii: "/")
            default: octet
            }
        }
        return String(decoding: text, as: UTF8.self) + String(repeating: "=", count: (4 - text.count % 4) % 4)
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
                let written = isPlain && !isHeadOfLine ? [octet] : hex(octet)
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

    private static func hex(_ octet: UInt8) -> [UInt8] {
        let digits = Array("0123456789ABCDEF".utf8)
        return [UInt8(ascii: "="), digits[Int(octet >> 4)], digits[Int(octet & 0xF)]]
    }
}
