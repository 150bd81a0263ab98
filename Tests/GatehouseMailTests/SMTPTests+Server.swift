import Foundation
import GatehouseMail
import GatehouseOutbound
import GatehouseSystem
import GatehouseTestSupport

extension SMTPTests {
    /// aiosmtpd, with STARTTLS and a password or without either.
    final class Server: Sendable {
        let port: UInt16
        let certificates: TestCertificates
        private let folder: TemporaryFolder
        private let process: ChildProcess

        private static let script = """
            import ssl, sys, time
            from aiosmtpd.controller import Controller
            from aiosmtpd.smtp import AuthResult
            folder, port, certificate, key, offers, utf8 = sys.argv[1:]

            class Keep:
                tries = 0

                async def handle_MAIL(self, server, session, envelope, address, options):
                    with open(f"{folder}/greetings", "a") as file:
                        file.write(f"{session.host_name} {address} {'SMTPUTF8' in options}\\n")
                    envelope.mail_from = address
                    envelope.mail_options.extend(options)
                    return "250 fine"

                async def handle_RCPT(self, server, session, envelope, address, options):
                    Keep.tries += 1
                    if address.startswith("later"):
                        return "451 not yet"
                    if address.startswith("grey") and Keep.tries < 5:
                        return "451-4.7.1 Greylisted,\\r\\n451 4.7.1 try again in 300 seconds"
                    if address.startswith("nobody"):
                        return "550 no such box"
                    if address.startswith("loud"):
                        return "550 5.7.1 \\x1b[2J" + "never " * 400
                    envelope.rcpt_tos.append(address)
                    return "250 known"

                async def handle_DATA(self, server, session, envelope):
                    if envelope.rcpt_tos[0].startswith("raw"):
                        lines = envelope.content.decode().splitlines()
                        start = [number for number, line in enumerate(lines) if "token" in line][0]
                        return "\\r\\n".join(["554-5.7.1 spam: " + lines[start], "554 5.7.1 " + lines[start + 1]])
                    if envelope.rcpt_tos[0].startswith("echo"):
                        text = envelope.content.decode().replace("=\\r\\n", "").replace("=3D", "=")
                        link = [word for word in text.split() if "token=" in word][0]
                        return f"554 5.7.1 spam: {link} (mail secret, {Keep.login})"
                    with open(f"{folder}/mail", "wb") as file:
                        file.write(envelope.content)
                    with open(f"{folder}/envelope", "w") as file:
                        file.write(f"{envelope.mail_from} {' '.join(envelope.rcpt_tos)} {session.ssl is not None}")
                    return "250 kept"

            def check(server, session, envelope, mechanism, data):
                import base64
                Keep.login = base64.b64encode(b"\\0" + data.login + b"\\0" + data.password).decode()
                is_right = data.login == b"gatehouse" and data.password == b"mail secret"
                return AuthResult(success=is_right, handled=False)

            options = {}
            if offers == "yes":
                context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
                context.load_cert_chain(certificate, key)
                options = dict(tls_context=context, require_starttls=True, authenticator=check, auth_required=True)
            Controller(Keep(), hostname="127.0.0.1", port=int(port), enable_SMTPUTF8=utf8 == "yes", **options).start()
            while True:
                time.sleep(60)
            """

        init(offersTLS: Bool = true, offersUTF8: Bool = false) async throws {
            (port, certificates, folder) = (try FreePort.any(), try TestCertificates(), try TemporaryFolder())
            let script = try folder.write(Self.script, to: "server.py")
            process = try ChildProcess(
                "/usr/bin/python3",
                [
                    script, folder.path, "\(port)", certificates.certificate, certificates.key,
                    offersTLS ? "yes" : "no",
                    offersUTF8 ? "yes" : "no",
                ],
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

        /// The name, the sender and whether SMTPUTF8 was said, of each mail that was begun.
        var greetings: [String] {
            let text = (try? String(contentsOfFile: folder.file("greetings"), encoding: .utf8)) ?? ""
            return text.split(separator: "\n").map(String.init)
        }

        func mailer(
            host: String = "localhost", startsTLS: Bool = true, helo: String? = nil, password: String = "mail secret",
            caFile: String? = nil,
            timeout: Duration = .seconds(10)
        ) -> SMTPMailer {
            SMTPMailer(
                server: SMTPServer(
                    url: "smtp://\(host):\(port)", startsTLS: startsTLS, helo: helo, username: "gatehouse",
                    password: password,
                    caFile: caFile ?? certificates.authority, timeout: timeout),
                pool: WorkerPool(workers: 2, memoryBudgetKiB: 1))
        }
    }
}
