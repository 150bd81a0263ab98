package import GatehouseCore

/// A mail to one person.
package struct Mail: Equatable, Sendable {
    package let recipient: UTF8Text
    package let subject: String
    /// Lines of any length; line breaks are LF.
    package let text: String

    package init(recipient: UTF8Text, subject: String, text: String) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
    }
}

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
        guard MailMessage.isAddress(address), name.utf8.count <= 128, !name.utf8.contains(UInt8(ascii: "\"")) else {
            return nil
        }
    }
}

/// Something that delivers mails.
package protocol Mailer: Sendable {
    /// Delivers a mail, or hands it to somebody who will.
    ///
    /// May take as long as the mailer's time limit; blocks no thread of Swift's.
    func deliver(_ message: MailMessage) async throws(MailError)
}

/// A mail was not delivered.
package enum MailError: Error, Equatable {
    /// It will never be: its address or its text is none, or a server does not want it.
    case refused(reason: String)
    /// Later it might be.
    case unavailable(reason: String)

    var reason: String {
        switch self {
        case .refused(let reason), .unavailable(let reason): reason
        }
    }
}
