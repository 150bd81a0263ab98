import GatehouseCore
import Testing

@testable import GatehouseMail

@Suite("Composing a mail")
struct MailMessageTests {
    private func compose(
        _ subject: String = "Hello", _ text: String = "Hi.\n", to recipient: String = "alice@example.com",
        from sender: String = "Gatehouse <auth@example.com>"
    ) throws -> String {
        let message = try MailMessage(
            Mail(recipient: UTF8Text(recipient), subject: subject, text: text), from: try #require(MailSender(sender)),
            now: Timestamp(milliseconds: 1_795_457_663_000), id: [1, 2, 3])
        return String(decoding: message.octets, as: UTF8.self)
    }

    @Test("writes every header that a mail by a program needs")
    func headers() throws {
        let text = try compose()
        #expect(
            text
                == [
                    "Date: Mon, 23 Nov 2026 18:14:23 +0000", "From: \"Gatehouse\" <auth@example.com>",
                    "To: alice@example.com",
                    "Subject: Hello", "Message-ID: <AQID@example.com>", "Auto-Submitted: auto-generated",
                    "MIME-Version: 1.0",
                    "Content-Type: text/plain; charset=utf-8", "Content-Transfer-Encoding: quoted-printable", "", "Hi.",
                    "",
                ].joined(separator: "\r\n"))
    }

    @Test(
        "lets nothing that somebody chose into a header",
        arguments: [
            "alice@example.com\r\nBcc: eve@example.com", "alice@example.com\nX: y", "a@b@c", "alice", "@example.com",
            "alice@",
            "<alice@example.com>", "alice@example.com,eve@example.com", "al ice@example.com", "älice@example.com", "",
            "alice@example.com\u{0}", String(repeating: "a", count: 65) + "@example.com",
        ])
    func recipients(recipient: String) throws {
        #expect(throws: MailError.self) { try compose(to: recipient) }
    }

    @Test("encodes subjects and names that ASCII cannot write, and control characters never appear")
    func subjects() throws {
        #expect(try compose("Größe").contains("Subject: =?utf-8?B?R3LDtsOfZQ==?=\r\n"))
        #expect(try compose("a\r\nBcc: eve@example.com").contains("Subject: aBcc: eve@example.com\r\n"))
        #expect(
            try compose(from: "Prüfstelle <auth@example.com>").contains("From: =?utf-8?B?UHLDvGZzdGVsbGU=?= <auth@"))
        let long = try compose(String(repeating: "😀", count: 40))
        for line in long.split(separator: "\r\n") { #expect(line.utf8.count <= 78) }
    }

    @Test("is shown on a terminal as it reads: links can be copied, and no name moves the cursor")
    func shown() throws {
        let link = "https://auth.example.com/reset?token=" + String(repeating: "A=", count: 43)
        let message = try MailMessage(
            Mail(
                recipient: "alice@example.com", subject: "Größe",
                text: "Hallo \u{1B}[2JJürgen\u{9B},\r\n\n\(link)\n"),
            from: try #require(MailSender("Gatehouse <auth@example.com>")), now: Timestamp(milliseconds: 0), id: [1])
        #expect(
            StandardOutputMailer.shown(message) == """
                --- mail to alice@example.com
                From: auth@example.com
                Subject: Größe

                Hallo \u{FFFD}[2JJürgen\u{FFFD},\u{FFFD}

                \(link)
                ---

                """)
    }

    @Test("writes text in lines of at most 76 characters that no server changes")
    func text() throws {
        #expect(MailMessage.quotedPrintable("a=b é \n") == Array("a=3Db =C3=A9=20\r\n".utf8))
        #expect(MailMessage.quotedPrintable(".\nFrom x\n") == Array("=2E\r\n=46rom x\r\n".utf8))
        let link = "https://auth.example.com/reset?token=" + String(repeating: "A", count: 43)
        let lines = String(decoding: MailMessage.quotedPrintable("\(link)\n"), as: UTF8.self)
        #expect(
            lines == "https://auth.example.com/reset?token=3D" + String(repeating: "A", count: 36) + "=\r\n"
                + String(repeating: "A", count: 7) + "\r\n")
        for line in String(decoding: MailMessage.quotedPrintable(String(repeating: "ü", count: 500)), as: UTF8.self)
            .split(separator: "\r\n")
        { #expect(line.utf8.count <= 76) }
    }

    @Test(
        "takes senders with and without a name",
        arguments: [
            ("auth@example.com", true), ("Gatehouse <auth@example.com>", true), ("<auth@example.com>", true),
            ("Gatehouse auth@example.com", false), ("\"x\" <auth@example.com>", false),
            ("x <auth@example.com> y", false),
            ("x\r\ny <auth@example.com>", false), ("", false),
        ])
    func senders(text: String, isSender: Bool) { #expect((MailSender(text) != nil) == isSender) }
}
