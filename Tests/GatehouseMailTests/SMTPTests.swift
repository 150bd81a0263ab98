import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseOutbound
import GatehouseTestSupport
import Testing

@testable import GatehouseMail

@Suite("Mail through a real server", .serialized)
struct SMTPTests {
    /// aiosmtpd, with STARTTLS and a password or without either.
    private final class Server: Sendable {
        let port: UInt16
        let certificates: TestCertificates
        private let folder: TemporaryFolder
        private let process: ChildProcess

        init(offersTLS: Bool = true) async throws {
            (port, certificates, folder) = (try FreePort.any(), try TestCertificates(), try TemporaryFolder())
            let script = try folder.write(
                """
                import ssl, sys, time
                from aiosmtpd.controller import Controller
                from aiosmtpd.smtp import AuthResult
                folder, port, certificate, key, offers = sys.argv[1:]

                class Keep:
                    async def handle_RCPT(self, server, session, envelope, address, options):
                        if address.startswith("later"):
                            return "451 not yet"
                        if address.startswith("nobody"):
                            return "550 no such box"
                        envelope.rcpt_tos.append(address)
                        return "250 known"

                    async def handle_DATA(self, server, session, envelope):
                        with open(f"{folder}/mail", "wb") as file:
                            file.write(envelope.content)
                        with open(f"{folder}/envelope", "w") as file:
                            file.write(f"{envelope.mail_from} {' '.join(envelope.rcpt_tos)} {session.ssl is not None}")
                        return "250 kept"

                def check(server, session, envelope, mechanism, data):
                    return AuthResult(success=data.login == b"gatehouse" and data.password == b"mail secret")

                options = {}
                if offers == "yes":
                    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                    context.load_cert_chain(certificate, key)
                    options = dict(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
                Controller(Keep(), hostname="127.0.0.1", port=int(port), **options).start()
                while True:
                    time.sleep(60)
                """, to: "server.py")
            process = try ChildProcess(
                "/usr/bin/python3",
                [script, folder.path, "\(port)", certificates.certificate, certificates.key, offersTLS ? "yes" : "no"],
                output: folder.file("log"))
            let port = port
            guard await eventually(within: .seconds(20), { (try? LocalSocket(.tcp(port: port))) != nil }) else {
                throw OutboundError.failed(reason: "aiosmtpd does not start")
            }
        }

        deinit { process.signal(SIGKILL) }

        func signal(_ number: Int32) { process.signal(number) }
        var mail: [UInt8]? { FileManager.default.contents(atPath: folder.file("mail")).map { Array($0) } }
        var envelope: String? { try? String(contentsOfFile: folder.file("envelope"), encoding: .utf8) }

        func mailer(
            host: String = "localhost", startsTLS: Bool = true, password: String = "mail secret", caFile: String? = nil,
            timeout: Duration = .seconds(10)
        ) -> SMTPMailer {
            SMTPMailer(
                server: SMTPServer(
                    url: "smtp://\(host):\(port)", startsTLS: startsTLS, username: "gatehouse", password: password,
                    caFile: caFile ?? certificates.authority, timeout: timeout),
                pool: WorkerPool(workers: 2, memoryBudgetKiB: 1))
        }
    }

    private func message(_ text: String = "Hi.\n", to recipient: UTF8Text = "alice@example.com") throws -> MailMessage {
        try MailMessage(
            Mail(recipient: recipient, subject: "Grüße", text: text),
            from: try #require(MailSender("The gate <auth@example.com>")), now: Timestamp(milliseconds: 0), id: [1])
    }

    private func failure(_ mailer: SMTPMailer) async throws -> String? {
        do {
            try await mailer.deliver(try message())
            return nil
        } catch MailError.unavailable(let reason) {
            #expect(!reason.contains("mail secret"))
            return reason
        }
    }

    @Test("arrives as it was sent, encrypted and signed in for")
    func arrives() async throws {
        let server = try await Server()
        let sent = try message(".\n..\nFrom here on ä\n" + String(repeating: "long ", count: 400) + "\n")
        try await server.mailer().deliver(sent)
        #expect(server.mail == sent.octets)
        #expect(server.envelope == "auth@example.com alice@example.com True")
    }

    @Test("is not sent to a server that does not prove its name, offers no encryption, or refuses the password")
    func refused() async throws {
        let server = try await Server()
        #expect(try await failure(server.mailer(caFile: try TestCertificates().authority)) != nil)
        #expect(try await failure(server.mailer(host: "127.0.0.1")) != nil)
        #expect(try await failure(server.mailer(password: "wrong")) != nil)
        let clear = try await Server(offersTLS: false)
        #expect(try await failure(clear.mailer()) != nil)
        #expect(server.mail == nil && clear.mail == nil)
    }

    @Test("is given up at once for somebody whom the server does not know, and only then")
    func unknown() async throws {
        let server = try await Server()
        let mailer = server.mailer()
        defer { withExtendedLifetime(server) {} }
        await #expect {
            try await mailer.deliver(try message(to: "nobody@example.com"))
        } throws: { error in
            if case MailError.refused = error { true } else { false }
        }
        await #expect {
            try await mailer.deliver(try message(to: "later@example.com"))
        } throws: { error in
            if case MailError.unavailable = error { true } else { false }
        }
    }

    @Test("is an outage within its time when the server is stopped or gone")
    func outage() async throws {
        let server = try await Server()
        server.signal(SIGSTOP)
        let start = ContinuousClock.now
        #expect(try await failure(server.mailer(timeout: .seconds(1))) != nil)
        #expect(ContinuousClock.now - start < .seconds(4))
        server.signal(SIGKILL)
        #expect(await eventually { (try? await failure(server.mailer(timeout: .seconds(1)))) != nil })
    }
}
