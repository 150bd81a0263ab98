package import GatehouseConfig
internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseLogging
package import GatehouseMail
package import GatehouseOutbound
package import GatehousePortal
internal import GatehouseSystem
package import GatehouseTerminal
package import Logging

extension Configuration {
    /// The outbox that the configuration wants; `nil` for none.
    ///
    /// - Throws: `Failure.usage` if mails cannot be sent in that way here.
    package func makeOutbox(_ logger: Logger) throws(Failure) -> Outbox? {
        guard let mail else { return nil }
        do throws(MailError) { _ = try MailAddress(mail.from.address) } catch {
            throw .usage("mail.from: \(error)")
        }
        return Outbox(mailer: try mailer(mail), sender: mail.from, now: WallClock.now) { report in
            switch report {
            case .delivered(let subject):
                logger.info("mail sent", metadata: ["subject": "\(subject)"], source: LogArea.mail.rawValue)
            case .retried(let reason):
                logger.warning(
                    "a mail could not be sent yet", metadata: ["reason": "\(reason)"], source: LogArea.mail.rawValue)
            case .lost(let subject, let reason):
                logger.log(
                    Event(.mailLost, [(.subject, "\(subject)"), (.reason, "\(reason)")]), "a mail was not sent")
            }
        }
    }

    private func mailer(_ mail: MailTable) throws(Failure) -> any Mailer {
        switch mail.backend {
        case .file(let folder):
            guard Files.exists(folder) else { throw .usage("mail.folder: \(folder): there is no such folder") }
            return FileMailer(folder: folder)
        case .standardOutput: return StandardOutputMailer()
        case .smtp(let smtp):
            guard Outbound.isAvailable else { throw .usage("mail.backend: \(OutboundError.libraryMissing.reason)") }
            return SMTPMailer(
                server: SMTPServer(smtp, of: self),
                pool: WorkerPool(workers: 2, memoryBudgetKiB: 1, queueLimit: 1_000, maxWait: .seconds(60)))
        }
    }
}

extension Outbox {
    /// What the portal sends with.
    package func portalMail(_ table: MailTable) -> PortalMail {
        PortalMail(tellsOfNewDevices: table.tellsOfNewDevices) { recipient, subject, text, life in
            self.post(Mail(recipient: recipient, subject: subject, text: text, life: life))
        }
    }
}

extension SMTPServer {
    /// `timeout` is for a mail as a whole.
    package init(_ smtp: MailTable.SMTP, of configuration: Configuration, timeout: Duration = .seconds(15)) {
        self.init(
            url: smtp.url, startsTLS: smtp.startsTLS, helo: smtp.helo ?? "\(configuration.portal.host)",
            username: smtp.username,
            password: smtp.password.map { String(decoding: $0.octets, as: UTF8.self) }, caFile: smtp.caFile,
            timeout: timeout)
    }
}
