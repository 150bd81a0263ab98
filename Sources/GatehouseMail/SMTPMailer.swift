internal import GatehouseCore
package import GatehouseOutbound
package import GatehouseSystem

/// Hands mails to a server.
package struct SMTPMailer: Mailer {
    private let server: SMTPServer
    private let pool: WorkerPool

    /// `pool` is where the waiting is done.
    package init(server: SMTPServer, pool: WorkerPool) {
        self.server = server
        self.pool = pool
    }

    package func deliver(_ message: MailMessage) async throws(MailError) {
        let server = server
        let mail = SMTPMail(
            from: message.sender.text, recipient: message.recipient.text, message: message.octets)
        let result: Result<Void, OutboundError>
        do throws(BackendError) {
            result = try await pool.run(memoryKiB: 0) {
                do throws(OutboundError) { return .success(try Outbound.send(mail, through: server)) } catch {
                    return .failure(error)
                }
            }
        } catch {
            if case .unavailable(let reason) = error { throw .unavailable(reason: reason) }
            throw .busy
        }
        switch result {
        case .success: return
        case .failure(.refused(let reason)): throw .refused(reason: said(reason, about: message))
        case .failure(let error): throw .unavailable(reason: said(error.reason, about: message))
        }
    }

    /// A server's words as the log may hold them: it may repeat what it was sent.
    private func said(_ reason: String, about message: MailMessage) -> String {
        ServerWords.shown(
            reason, hiding: message.text, username: server.username, password: server.password)
    }
}
