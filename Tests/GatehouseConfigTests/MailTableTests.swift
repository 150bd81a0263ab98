internal import GatehouseCore
internal import Testing

@testable import GatehouseConfig

@Suite("The mail table")
struct MailTableTests {
    static let from = "from = \"Gatehouse <auth@example.com>\"\n"
    static let smtp = from + "backend = \"smtp\"\nhost = \"mail.example.com\"\n"

    private func mail(_ lines: String) throws -> MailTable? {
        let fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/mail")
        return try fixture.load(ConfigFixture.minimal(["mail": lines])).mail
    }

    @Test("is not needed, and nobody is written to without it")
    func absent() throws {
        let fixture = try ConfigFixture()
        #expect(try fixture.load(ConfigFixture.minimal()).mail == nil)
    }

    @Test(
        "leads to the server's usual port and protocol",
        arguments: [
            ("", "smtp://mail.example.com:587", true), ("encryption = \"tls\"", "smtps://mail.example.com:465", false),
            ("port = 2525", "smtp://mail.example.com:2525", true),
            ("host = \"::1\"\nencryption = \"none\"", "smtp://[::1]:25", false),
            ("host = \"127.0.0.1\"\nencryption = \"none\"", "smtp://127.0.0.1:25", false),
        ])
    func server(lines: String, url: String, startsTLS: Bool) throws {
        let text = lines.hasPrefix("host") ? Self.from + "backend = \"smtp\"\n" : Self.smtp
        let table = try #require(try mail(text + lines))
        guard case .smtp(let server) = table.backend else { return #expect(Bool(false), "another backend") }
        #expect(server.url == url && server.startsTLS == startsTLS && server.username == nil && server.password == nil)
        #expect(!table.tellsOfNewDevices && table.from == MailSender("Gatehouse <auth@example.com>"))
    }

    @Test("takes a name and a password for the server from a file")
    func signIn() throws {
        let table = try #require(
            try mail(Self.smtp + "username = \"gate\"\npassword = \"file:keys/mail\"\nnew_device = true"))
        guard case .smtp(let server) = table.backend else { return #expect(Bool(false), "another backend") }
        #expect(server.username == "gate" && server.password?.octets == Array("a-secret".utf8))
        #expect(table.tellsOfNewDevices)
    }

    @Test(
        "greets the server with a name or an address of its own",
        arguments: ["auth.example.com", "[192.0.2.1]", "[IPv6:2001:db8::1]", "localhost"])
    func greeting(helo: String) throws {
        guard case .smtp(let server)? = try mail(Self.smtp + "helo = \"\(helo)\"")?.backend else {
            return #expect(Bool(false), "another backend")
        }
        #expect(server.helo == helo)
    }

    @Test("takes a sender whose name needs quotes")
    func quotedSender() throws {
        let table = try #require(try mail("from = '\"Example, Inc.\" <a@b.example>'\nbackend = \"stdout\""))
        #expect(table.from.name == "Example, Inc." && table.from.address == "a@b.example")
    }

    @Test("can write to a folder or to standard output instead")
    func elsewhere() throws {
        guard case .file(let folder)? = try mail(Self.from + "backend = \"file\"\nfolder = \"mails\"")?.backend else {
            return #expect(Bool(false), "another backend")
        }
        #expect(folder.hasPrefix("/") && folder.hasSuffix("/mails"))
        guard case .standardOutput? = try mail("from = \"auth@example.com\"\nbackend = \"stdout\"")?.backend else {
            return #expect(Bool(false), "another backend")
        }
    }

    static let mistakes: [Mistake] = [
        Mistake("mail", "backend = \"stdout\"", "from", "is required"),
        Mistake("mail", "from = \"auth\"\nbackend = \"stdout\"", "from", "must be an address"),
        Mistake("mail", "from = \"a@b@c\"\nbackend = \"stdout\"", "from", "must be an address"),
        Mistake("mail", "from = \"G <a@b>, <c@d>\"\nbackend = \"stdout\"", "from", "must be an address"),
        Mistake("mail", "from = \"G <a@b\\r\\nBcc: c@d>\"\nbackend = \"stdout\"", "from", "must"),
        Mistake("mail", "from = \"\\\"G <a@b>\"\nbackend = \"stdout\"", "from", "must be an address"),
        Mistake("mail", from, "backend", "is required: \"smtp\" or \"file\" or \"stdout\""),
        Mistake("mail", from + "backend = \"sendmail\"", "backend", "\"smtp\" or \"file\" or \"stdout\""),
        Mistake("mail", from + "backend = \"file\"", "folder", "is required"),
        Mistake("mail", from + "backend = \"stdout\"\nfolder = \"a\"", "folder", "= \"file\" alone"),
        Mistake("mail", from + "backend = \"stdout\"\nhost = \"a.example\"", "host", "= \"smtp\" alone"),
        Mistake("mail", from + "backend = \"smtp\"", "host", "is required"),
        Mistake("mail", from + "backend = \"smtp\"\nhost = \"a.example:25\"", "host", "without a port"),
        Mistake("mail", from + "backend = \"smtp\"\nhost = \"smtp://a.example\"", "host", "without a port"),
        Mistake("mail", smtp + "encryption = \"none\"", "host", "must be encrypted unless"),
        Mistake("mail", smtp + "encryption = \"ssl\"", "encryption", "\"starttls\" or \"tls\" or \"none\""),
        Mistake("mail", smtp + "helo = \"my host\"", "helo", "must be the name of this host"),
        Mistake("mail", smtp + "helo = \"[192.0.2.300]\"", "helo", "must be the name of this host"),
        Mistake("mail", smtp + "helo = \"[2001:db8::1]\"", "helo", "must be the name of this host"),
        Mistake("mail", from + "backend = \"stdout\"\nhelo = \"a.example\"", "helo", "= \"smtp\" alone"),
        Mistake("mail", smtp + "port = 0", "port", "from 1 to 65535"),
        Mistake("mail", smtp + "username = \"gate\"", "username", "needs mail.password, too"),
        Mistake("mail", smtp + "password = \"file:keys/mail\"", "password", "needs mail.username, too"),
        Mistake("mail", smtp + "username = \"gate\"\npassword = \"secret\"", "password", "file:"),
        Mistake(
            "mail", smtp + "username = \"gate\"\npassword = \"file:keys/broken\"", "password", "control characters"),
        Mistake("mail", smtp + "new_device = 1", "new_device", "true or false"),
        Mistake("mail", smtp + "user = \"gate\"", "user", "unknown key"),
    ]

    @Test("says what it cannot take, and where", arguments: mistakes)
    func refused(mistake: Mistake) throws {
        let fixture = try ConfigFixture()
        try fixture.write("a-secret\n", to: "keys/mail")
        try fixture.write("a\u{1}secret\n", to: "keys/broken")
        let problems = try fixture.problems(ConfigFixture.minimal(["mail": mistake.lines]))
        #expect(problems.count == 1, "\(problems)")
        let problem = try #require(problems.first)
        #expect(problem.contains(": mail.\(mistake.key): ") && problem.contains(mistake.words), "\(problem)")
    }
}
