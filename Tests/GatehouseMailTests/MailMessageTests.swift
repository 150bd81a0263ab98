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
            "<alice@example.com>", "alice@example.com,eve@example.com", "al ice@example.com", "",
            "alice@example.com\u{0}", String(repeating: "a", count: 65) + "@example.com",
            "alice\u{85}@example.com", "alice\u{2028}Bcc:@example.com", "alice\u{202E}@example.com",
            "alice@b\u{85}cher.example", "alice@bü cher.example", "ä\r\nBcc:@example.com",
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
        "writes whatever a sender's name holds so that a reader gets it back",
        arguments: [
            ("\"Example, Inc.\" <a@b.example>", "\"Example, Inc.\" <a@b.example>"),
            ("Example, Inc. <a@b.example>", "\"Example, Inc.\" <a@b.example>"),
            ("\"a \\\\ b\" <a@b.example>", "\"a \\\\ b\" <a@b.example>"),
            ("back\\slash <a@b.example>", "\"back\\\\slash\" <a@b.example>"),
            ("\"says \\\"hi\\\"\" <a@b.example>", "\"says \\\"hi\\\"\" <a@b.example>"),
            ("\"<x@y.example>\" <a@b.example>", "\"<x@y.example>\" <a@b.example>"),
            ("me (at work) [x]; @home: <a@b.example>", "\"me (at work) [x]; @home:\" <a@b.example>"),
            ("\"=?utf-8?Q?x?=\" <a@b.example>", "=?utf-8?B?PT91dGYtOD9RP3g/PQ==?= <a@b.example>"),
            ("\"\" <a@b.example>", "a@b.example"), ("<a@b.example>", "a@b.example"),
            ("Büro <a@bücher.example>", "=?utf-8?B?QsO8cm8=?= <a@xn--bcher-kva.example>"),
        ])
    func names(from: String, header: String) throws {
        #expect(try compose(from: from).contains("\r\nFrom: \(header)\r\nTo: "))
    }

    @Test("folds long names, whatever they hold, and no line becomes too long")
    func longNames() throws {
        for name in [
            String(repeating: "x", count: 255), String(repeating: "é", count: 127), String(repeating: "a, ", count: 60),
        ] {
            let address = String(repeating: "a", count: 40) + "@" + String(repeating: "b", count: 30) + ".example"
            let text = try compose(from: "\"\(name)\" <\(address)>")
            for line in text.split(separator: "\r\n") { #expect(line.utf8.count <= 85, "\(line)") }
            #expect(text.contains(" <\(address)>\r\nTo: "))
        }
        #expect(MailSender("\"\(String(repeating: "x", count: 256))\" <a@b.example>") == nil)
    }

    @Test("has domains in A-labels, in the envelope and in every header")
    func domains() throws {
        let text = try compose(to: "alice@bücher.example", from: "auth@müller.example")
        #expect(text.contains("From: auth@xn--mller-kva.example\r\nTo: alice@xn--bcher-kva.example\r\n"))
        #expect(text.contains("Message-ID: <AQID@xn--mller-kva.example>"))
        #expect(try compose(to: "jörg@bücher.example").contains("To: jörg@xn--bcher-kva.example\r\n"))
    }

    @Test(
        "takes senders with and without a name",
        arguments: [
            ("auth@example.com", true), ("Gatehouse <auth@example.com>", true), ("<auth@example.com>", true),
            ("Gatehouse auth@example.com", false), ("\"x\" <auth@example.com>", true),
            ("\"x <auth@example.com>", false),
            ("\"x\" y <auth@example.com>", false), ("x \"y\" <auth@example.com>", false),
            ("x <auth@example.com> y", false), ("x <a@b> <auth@example.com>", false), ("\"x\\\" <a@b.example>", false),
            ("x\r\ny <auth@example.com>", false), ("\"x\r\n\" <auth@example.com>", false), ("", false), (">", false),
            ("\"\">", false), ("<>", false), ("<@>", false),
        ])
    func senders(text: String, isSender: Bool) { #expect((MailSender(text) != nil) == isSender) }
}

@Suite("Addresses in domains of every script")
struct MailAddressTests {
    @Test(
        "travel in A-labels",
        arguments: [
            ("bücher.example", "xn--bcher-kva.example"), ("BÜCHER.example", "xn--bcher-kva.example"),
            ("bu\u{308}cher.example", "xn--bcher-kva.example"), ("mail.bücher。example", "mail.xn--bcher-kva.example"),
            ("straße.example", "xn--strae-oqa.example"), ("STRAẞE.example", "xn--strae-oqa.example"),
            ("βόλος.example", "xn--nxasmm1c.example"), ("例え.テスト", "xn--r8jz45g.xn--zckzah"),
            ("ｅｘａｍｐｌｅ．ｃｏｍ", "example.com"), ("пример.рф", "xn--e1afmkfd.xn--p1ai"),
            ("उदाहरण.परीक्षा", "xn--p1b6ci4b4b3a.xn--11b5bs3a9aj6g"),
            ("Example.COM", "Example.COM"), ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("localhost", "localhost"),
        ])
    func labels(domain: String, expected: String) throws {
        let address = try MailAddress("alice@\(domain)")
        #expect(address.domain == expected && address.text == "alice@\(expected)")
    }

    @Test(
        "are refused when they are no names",
        arguments: [
            "bü..example", ".bücher", "-bücher.example", "bücher-.example", "♥.example", "bü_cher.example",
            "bücher!.example",
            "\u{301}x.ü.example", "a\u{200D}ü.example", String(repeating: "ü", count: 64) + ".example",
            "ü\u{E000}.example",
            "bü%00.example", "ü\u{FF20}.example", "ü／.example",
        ])
    func refused(domain: String) { #expect(throws: MailError.self) { try MailAddress("alice@\(domain)") } }

    @Test("keep what stands before the @, composed")
    func local() throws {
        #expect(try MailAddress("jo\u{308}rg@example.com").local.utf8.elementsEqual("jörg".utf8))
        #expect(try MailAddress("O'Brien+x@example.com").local == "O'Brien+x")
    }
}
