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

/// Something that delivers mails.
package protocol Mailer: Sendable {
    /// Delivers a mail, or hands it to somebody who will.
    ///
    /// May take as long as the mailer's time limit; blocks no thread of Swift's.
    func deliver(_ message: MailMessage) async throws(MailError)
}

/// A mail was not delivered.
package enum MailError: Error, Equatable, CustomStringConvertible {
    /// It will never be: its address or its text is none, or a server does not want it.
    case refused(reason: String)
    /// Later it might be.
    case unavailable(reason: String)

    package var description: String { reason }

    var reason: String {
        switch self {
        case .refused(let reason), .unavailable(let reason): reason
        }
    }
}
