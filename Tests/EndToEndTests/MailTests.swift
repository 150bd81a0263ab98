internal import Foundation
internal import GatehouseTestSupport
internal import Testing

extension EndToEnd {
    @Suite("Mail on its way")
    struct MailTests {
        /// Asks for a link, as somebody does who forgot the password.
        private func ask(_ stack: Stack, for name: String) throws {
            let page = try stack.page("/_gatehouse/reset")
            let token = try #require(page.text.firstMatch(of: /name="token"[^>]*value="([^"]+)"/)).1
            let cookies = page.all("Set-Cookie").compactMap { $0.split(separator: ";").first }.joined(separator: "; ")
            let answer = try Exchange.post(
                "/_gatehouse/reset", host: stack.host, port: stack.ports.proxy,
                headers: [
                    ("Cookie", cookies), ("Origin", "http://\(stack.host)"), ("Sec-Fetch-Site", "same-origin"),
                    ("Sec-Fetch-Mode", "navigate"), ("Accept", "text/html"),
                ], body: "token=\(SignIn.encoded(String(token)))&name=\(SignIn.encoded(name))", seconds: 30)
            #expect(answer.status == 200, "\(answer.text)")
        }

        @Test(
            "is counted while a grey list holds it back, told in the server's words, and keeps no daemon from stopping")
        func greyList() async throws {
            let mail = try await MailServer.start()
            defer { mail.stop() }
            let secrets = try TemporaryFolder()
            try secrets.write(MailServer.password + "\n", to: "mail")
            var settings = Stack.Settings()
            settings.tables = """
                [mail]
                backend = "smtp"
                from = '"Example, Inc." <auth@bücher.example>'
                host = "localhost"
                port = \(mail.port)
                username = "\(MailServer.username)"
                password = "file:\(secrets.file("mail"))"
                ca_file = "\(mail.certificates.authority)"
                """
            let stack = try await Stack.start(settings: settings)
            defer { stack.stop() }
            #expect(try stack.metrics().contains("\ngatehouse_mail_waiting 0\n"))
            #expect(try stack.command("user", "set", "alice", "--email", "grey@example.com").status == 0)
            try ask(stack, for: "alice")
            #expect(await eventually { (try? stack.metrics().contains("\ngatehouse_mail_waiting 1\n")) == true })
            #expect(
                await eventually {
                    stack.logs.contains("the server says: 451 4.7.1 Greylisted, come back later (RCPT failed: 451)")
                }, "\(stack.logs)")

            #expect(try stack.command("user", "set", "alice", "--email", "alice@bücher.example").status == 0)
            try ask(stack, for: "alice")
            let sent = try await mail.mail(1)
            #expect(sent.recipient == "alice@xn--bcher-kva.example")
            #expect(sent.text.contains("From: \"Example, Inc.\" <auth@xn--bcher-kva.example>\n"))
            #expect(sent.text.contains("X-Greeted-As: localhost\n"), "the portal's host: \(sent.text)")
            #expect(
                await eventually {
                    (try? stack.metrics().contains("gatehouse_mails_total{outcome=\"delivered\"} 1\n")) == true
                })
            #expect(try stack.metrics().contains("\ngatehouse_mail_waiting 1\n"))
            #expect(Server.stop(stack.gatehouse, seconds: 30))
            #expect(stack.logs.contains("the daemon is being stopped"), "\(stack.logs)")
        }
    }

    @Suite("Rows that nobody can sign in with")
    struct UnusableHashTests {
        @Test("are named in the log once, with the limit that they are beyond")
        func costly() async throws {
            let stack = try await Stack.start(stores: Stores(sessions: .embedded, people: .sqlite))
            defer { stack.stop() }
            let script = """
                import sqlite3, sys
                database = sqlite3.connect(sys.argv[1], timeout=30)
                database.execute("UPDATE auth_user SET password = ? WHERE username = 'alice'", (sys.argv[2],))
                database.commit()
                """
            let hash = "argon2$argon2id$v=19$m=1048576,t=1,p=1$c2FsdHNhbHQ$AAAAAAAAAAAAAAAAAAAAAA"
            let (status, output) = try Tools.run(
                "/usr/bin/python3", ["-c", script, stack.folder.file("gatehouse.db"), hash])
            #expect(status == 0, "\(output)")
            let signIn = SignIn(stack: stack)
            for _ in 0..<2 {
                #expect(try signIn.send(try signIn.form(), "alice", Stack.Person.alice.password).status == 422)
            }
            #expect(await eventually { stack.logs.contains("password.unusable") }, "\(stack.logs)")
            let lines = stack.logs.split(separator: "\n").filter { $0.contains("password.unusable") }
            #expect(lines.count == 1)
            let line = String(lines.first ?? "")
            #expect(line.contains("1GiB of memory (m=1048576); passwords.verify_memory is 256MiB"), "\(line)")
            #expect(line.contains("alice") && !line.contains("AAAA") && !line.contains("c2FsdHNhbHQ"))
        }
    }
}
