internal import Foundation
internal import GatehouseTestSupport

/// A real SMTP server of a test, aiosmtpd, which speaks STARTTLS and wants a name and a password; it keeps what it is sent.
final class MailServer: Sendable {
    let port: UInt16
    let certificates: TestCertificates
    private let folder: TemporaryFolder
    private let process: ChildProcess

    static let username = "gatehouse"
    static let password = "mail secret"

    static func start() async throws -> MailServer {
        let server = try MailServer()
        guard await eventually(within: .seconds(20), { (try? LocalSocket(.tcp(port: server.port))) != nil }) else {
            throw Stack.Failure(description: "aiosmtpd does not start: \(server.log)")
        }
        return server
    }

    private init() throws {
        (port, certificates, folder) = (try FreePort.any(), try TestCertificates(), try TemporaryFolder())
        let script = try folder.write(
            """
            import os, ssl, sys, time
            from aiosmtpd.controller import Controller
            from aiosmtpd.smtp import AuthResult
            folder, port, certificate, key, name, password = sys.argv[1:]

            class Keep:
                count = 0
                async def handle_RCPT(self, server, session, envelope, address, options):
                    if address.startswith("grey"):
                        return "451 4.7.1 Greylisted, come back later"
                    envelope.rcpt_tos.append(address)
                    return "250 fine"
                async def handle_DATA(self, server, session, envelope):
                    Keep.count += 1
                    path = f"{folder}/mail-{Keep.count}"
                    with open(path + ".part", "wb") as file:
                        names = f"X-Greeted-As: {session.host_name}\\n"
                        file.write((" ".join(envelope.rcpt_tos) + "\\n" + names).encode() + envelope.content)
                    os.rename(path + ".part", path)
                    return "250 kept"

            def check(server, session, envelope, mechanism, data):
                right = session.ssl is not None and data.login == name.encode() and data.password == password.encode()
                # "Handled" would mean that the answer went out already.
                told = None if right else f"535 5.7.8 \\x1b[2Jnot {data.password.decode()}"
                return AuthResult(success=right, handled=right, message=told)

            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            controller = Controller(Keep(), hostname="127.0.0.1", port=int(port), tls_context=context,
                                    require_starttls=True, authenticator=check, auth_required=True)
            controller.start()
            while True:
                time.sleep(60)
            """, to: "server.py")
        process = try Server.start(
            "/usr/bin/python3",
            [
                script, folder.path, "\(port)", certificates.certificate, certificates.key, MailServer.username,
                MailServer.password,
            ], output: folder.file("log"))
    }

    func stop() { Server.stop(process) }

    private var log: String { (try? String(contentsOfFile: folder.file("log"), encoding: .utf8)) ?? "" }

    /// The mails so far in the order in which they came, with their text as people read it.
    var mails: [(recipient: String, text: String)] {
        var mails: [(String, String)] = []
        while let data = FileManager.default.contents(atPath: folder.file("mail-\(mails.count + 1)")) {
            let text = String(decoding: data, as: UTF8.self).replacingOccurrences(of: "\r\n", with: "\n")
            let recipient = text.split(separator: "\n", maxSplits: 1).first.map(String.init) ?? ""
            // Undoes quoted-printable as far as these mails use it.
            let plain = text.replacingOccurrences(of: "=\n", with: "").replacingOccurrences(of: "=3D", with: "=")
            mails.append((recipient, plain))
        }
        return mails
    }

    /// The text of the mail of this number, from 1 on.
    func mail(_ number: Int) async throws -> (recipient: String, text: String) {
        guard await eventually(within: .seconds(40), { mails.count >= number }) else {
            throw Stack.Failure(description: "there are \(mails.count) mails: \(log)")
        }
        return mails[number - 1]
    }
}
