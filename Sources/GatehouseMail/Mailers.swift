internal import GatehouseCore
private import GatehouseCrypto
private import Glibc

/// Writes each mail into a file of its own: for trying things out.
package struct FileMailer: Mailer {
    private let folder: String

    /// `folder` must be there.
    package init(folder: String) { self.folder = folder }

    package func deliver(_ message: MailMessage) async throws(MailError) {
        guard let octets = try? SystemRandom.octets(12) else { throw .unavailable(reason: "no random octets") }
        let name = String(decoding: Base64URL.encode(octets), as: UTF8.self)
        let (draft, path) = ("\(folder)/.\(name)", "\(folder)/\(name).eml")
        let descriptor = unsafe open(draft, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw .unavailable(reason: "no file can be made in \(folder): errno \(errno)") }
        let written = unsafe message.octets.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        close(descriptor)
        guard written == message.octets.count, unsafe rename(draft, path) == 0 else {
            _ = unsafe unlink(draft)
            throw .unavailable(reason: "a file in \(folder) cannot be written: errno \(errno)")
        }
    }
}

/// Prints mails: for trying things out on a terminal.
package struct StandardOutputMailer: Mailer {
    package init() {}

    package func deliver(_ message: MailMessage) async throws(MailError) {
        let octets = Array(StandardOutputMailer.shown(message).utf8)
        let written = unsafe octets.withUnsafeBytes { unsafe write(STDOUT_FILENO, $0.baseAddress, $0.count) }
        guard written == octets.count else { throw .unavailable(reason: "standard output is closed") }
    }

    /// The mail as somebody reads it: not encoded for any transport, so that a link can be copied.
    ///
    /// Names in it were chosen by people: nothing in them reaches the terminal as a command.
    static func shown(_ message: MailMessage) -> String {
        let text = message.text.unicodeScalars.map { Character($0 == "\n" || SafeText.isSafe($0) ? $0 : "\u{FFFD}") }
        let subject = message.subject.unicodeScalars.map { Character(SafeText.isSafe($0) ? $0 : "\u{FFFD}") }
        let end = message.text.utf8.last == 0x0A ? "" : "\n"
        return """
            --- mail to \(message.recipient.text)
            From: \(message.sender.text)
            Subject: \(String(subject))

            \(String(text))\(end)---

            """
    }
}
