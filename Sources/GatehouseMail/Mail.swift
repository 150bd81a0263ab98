package import GatehouseCore

/// A mail to one person.
package struct Mail: Equatable, Sendable {
    package let recipient: UTF8Text
    package let subject: String
    /// Lines of any length; line breaks are LF.
    package let text: String
    /// How long it is of any use, like a link in it; `nil` for always.
    package let life: Duration?

    package init(recipient: UTF8Text, subject: String, text: String, life: Duration? = nil) {
        self.recipient = recipient
        self.subject = subject
        self.text = text
        self.life = life
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
package enum MailError: Error, Equatable, CustomStringConvertible {
    /// It will never be: its address or its text is none, or a server said no for good (RFC 5321, section 4.2.1: 5yz).
    case refused(reason: String)
    /// Later it might be: no server was there, or it said "not now" (4yz), as one does that keeps a grey list.
    case unavailable(reason: String)
    /// Nobody was asked: too many others were on their way.
    case busy

    package var description: String { reason }

    var reason: String {
        switch self {
        case .refused(let reason), .unavailable(let reason): reason
        case .busy: "too many other mails are being sent"
        }
    }
}
