internal import Foundation
internal import GatehouseTestSupport
internal import Testing

/// What `gatehouse check` says of mail servers, directories and people's servers.
extension EndToEnd.CheckTests {
    @Test("greets the mail server with --online alone, and sends nothing")
    func mail() async throws {
        let mail = try await MailServer.start()
        defer { mail.stop() }
        try start(
            """

            [mail]
            backend = "smtp"
            from = "auth@example.com"
            host = "localhost"
            port = \(mail.port)
            username = "\(MailServer.username)"
            password = "file:keys/mail"
            ca_file = "\(mail.certificates.authority)"
            """)
        let secret = try folder.write(MailServer.password + "\n", to: "keys/mail")
        try #require(try run("migrate").status == 0)
        let local = try run("check")
        #expect(local.status == 0 && local.output.contains("left out  mail: --online"), "\(local.output)")
        let online = try run("check", "--online")
        #expect(online.status == 0, "\(online.output)")
        #expect(online.output.contains("greets, over TLS and takes the password of gatehouse; nothing was sent"))
        #expect(mail.mails.isEmpty)
        try "a slip\n".write(toFile: secret, atomically: false, encoding: .utf8)
        let wrong = try run("check", "--online")
        #expect(wrong.status == 3 && wrong.output.contains("FAILS     mail.password: "), "\(wrong.output)")
        #expect(wrong.output.contains("535 5.7.8") && !wrong.output.contains("a slip"), "\(wrong.output)")
        #expect(!wrong.output.contains("\u{1B}"))
        try (MailServer.password + "\n").write(toFile: secret, atomically: false, encoding: .utf8)
        try edit("ca_file = \"\(mail.certificates.authority)\"", "")
        let unknown = try run("check", "--online")
        #expect(unknown.status == 3 && unknown.output.contains("FAILS     mail.ca_file: "), "\(unknown.output)")
    }

    @Test("says of mails what `serve` refuses to start with, without --online")
    func mailSender() throws {
        let domain = String(repeating: "ü", count: 70) + ".example"
        try start("\n[mail]\nbackend = \"smtp\"\nfrom = \"auth@\(domain)\"\nhost = \"localhost\"\n")
        try #require(try run("migrate").status == 0)
        let (serve, check) = (try run("serve"), try run("check"))
        #expect(serve.status == 2 && serve.output.contains("mail.from: the domain"), "\(serve.output)")
        #expect(check.status == 3, "\(check.output)")
        #expect(
            failures(check.output).count == 1 && check.output.contains("FAILS     mail.from: the domain"),
            "\(check.output)")
    }

    @Test("asks directories and people's servers with --online alone")
    func backends() async throws {
        let directory = try await LDAPServer.start("")
        defer { directory.kill() }
        let (port, dead) = (try FreePort.any(), try FreePort.any())
        try start(
            """

            [[backend]]
            type = "database"
            [[backend]]
            type = "ldap"
            urls = ["ldap://127.0.0.1:\(dead)", "ldap://127.0.0.1:\(directory.port)"]
            base = "dc=example,dc=com"
            bind_dn = "\(LDAPServer.administrator)"
            bind_password = "file:keys/ldap"
            [[backend]]
            type = "http"
            url = "http://127.0.0.1:\(port)/"
            """)
        let secret = try folder.write("wrong\n", to: "keys/ldap")
        try #require(try run("migrate").status == 0)
        let local = try run("check")
        #expect(local.status == 0 && local.output.contains("left out  backend ldap: "), "\(local.output)")
        let wrong = try run("check", "--online")
        #expect(wrong.status == 3 && failures(wrong.output).count == 3, "\(wrong.output)")
        #expect(
            wrong.output.contains("bind_dn") && wrong.output.contains("FAILS     backend http: "), "\(wrong.output)"
        )
        try (LDAPServer.password + "\n").write(toFile: secret, atomically: false, encoding: .utf8)
        let right = try run("check", "--online")
        #expect(
            right.output.contains("ok        backend ldap: ldap://127.0.0.1:\(directory.port): ")
                && right.output.contains("warning   backend ldap: ldap://127.0.0.1:\(dead): "), "\(right.output)")
    }
}
