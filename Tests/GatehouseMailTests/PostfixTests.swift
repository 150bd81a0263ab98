import GatehouseCore
import GatehouseCrypto
import GatehouseOutbound
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseMail

@Suite(
    "Mail through Postfix", .serialized,
    .enabled(if: PostfixServer.isAvailable, "left out: Postfix is not installed, or the tests do not run as root"))
struct PostfixTests {
    private func mailer(_ server: PostfixServer) -> SMTPMailer {
        SMTPMailer(
            server: SMTPServer(url: "smtp://127.0.0.1:\(server.port)", startsTLS: false, helo: "auth.example.com"),
            pool: WorkerPool(workers: 1, memoryBudgetKiB: 1))
    }

    private func message(to recipient: UTF8Text, from sender: String = "auth@example.com") throws -> MailMessage {
        try MailMessage(
            Mail(recipient: recipient, subject: "Grüße", text: "Hi.\n"), from: try #require(MailSender(sender)),
            now: Timestamp(milliseconds: 1_795_457_663_000), id: [1])
    }

    @Test("reaches mailboxes of every script, with a sender's name as it was written")
    func delivered() async throws {
        let server = try await PostfixServer.start()
        let mailer = mailer(server)
        try await mailer.deliver(try message(to: "alice@example.com", from: "\"Example, Inc.\" <auth@bücher.example>"))
        try await mailer.deliver(try message(to: "alice@bücher.example"))
        try await mailer.deliver(try message(to: "jörg@example.com"))
        for box in ["alice", "books", "joerg"] {
            #expect(
                await eventually(within: .seconds(30)) { server.mails(of: box).count == 1 }, "\(box): \(server.log)")
        }
        let mail = try #require(server.mails(of: "alice").first)
        #expect(mail.contains("From: \"Example, Inc.\" <auth@xn--bcher-kva.example>"))
        #expect(mail.contains("Return-Path: <auth@xn--bcher-kva.example>") && mail.contains("from auth.example.com ("))
        let books = try #require(server.mails(of: "books").first)
        #expect(books.contains("To: alice@xn--bcher-kva.example") && !books.contains("SMTPUTF8"))
        let umlaut = try #require(server.mails(of: "joerg").first)
        #expect(umlaut.contains("To: jörg@example.com"))
        withExtendedLifetime(server) {}
    }

    @Test("is refused for good or for now, in Postfix' own words")
    func refused() async throws {
        let server = try await PostfixServer.start(takesUTF8: false)
        let mailer = mailer(server)
        for (recipient, isFinal, words) in [
            (
                "later@example.com", false,
                "the server says: 450 4.2.0 <later@example.com>: Recipient address rejected: Greylisted"
            ),
            (
                "gone@example.com", true,
                "the server says: 550 5.1.1 <gone@example.com>: Recipient address rejected: Nobody lives"
            ),
            (
                "unknown@example.com", true,
                "the server says: 550 5.1.1 <unknown@example.com>: Recipient address rejected"
            ),
            ("jörg@example.com", true, "does not offer SMTPUTF8"),
        ] as [(UTF8Text, Bool, String)] {
            let mail = try message(to: recipient)
            do throws(MailError) {
                try await mailer.deliver(mail)
                Issue.record("\(recipient) was taken")
            } catch {
                let reason = "\(error)"
                #expect(reason.contains(words), "\(reason)")
                if case .refused = error { #expect(isFinal) } else { #expect(!isFinal) }
            }
        }
        try await mailer.deliver(try message(to: "alice@bücher.example"))
        #expect(await eventually(within: .seconds(30)) { server.mails(of: "books").count == 1 }, "\(server.log)")
    }
}
