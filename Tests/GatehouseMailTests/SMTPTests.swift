import Foundation
import GatehouseCore
import GatehouseCrypto
import GatehouseOutbound
import GatehouseSystem
import GatehouseTestSupport
import Testing

@testable import GatehouseMail

@Suite("Mail through a real server", .serialized)
struct SMTPTests {
    private func message(
        _ text: String = "Hi.\n", to recipient: UTF8Text = "alice@example.com",
        from sender: String = "The gate <auth@example.com>"
    ) throws -> MailMessage {
        try MailMessage(
            Mail(recipient: recipient, subject: "Grüße", text: text), from: try #require(MailSender(sender)),
            now: Timestamp(milliseconds: 0), id: [1])
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

    /// What a mailer says about a mail that is not delivered, and whether for good.
    private func refusal(_ mailer: SMTPMailer, _ message: MailMessage) async -> (reason: String, isFinal: Bool)? {
        do throws(MailError) {
            try await mailer.deliver(message)
            return nil
        } catch {
            if case .refused(let reason) = error { return (reason, true) }
            return ("\(error)", false)
        }
    }

    @Test("has its domains in A-labels on the wire, without any extension, and greets with the name that it is given")
    func domains() async throws {
        let server = try await Server()
        let sent = try message(to: "alice@bücher.example", from: "Büro <auth@müller.example>")
        try await server.mailer(helo: "auth.example.com").deliver(sent)
        #expect(server.envelope == "auth@xn--mller-kva.example alice@xn--bcher-kva.example True")
        #expect(server.mail == sent.octets)
        try await server.mailer(helo: "[IPv6:2001:db8::1]").deliver(try message())
        #expect(
            server.greetings == [
                "auth.example.com auth@xn--mller-kva.example False", "[IPv6:2001:db8::1] auth@example.com False",
            ])
    }

    @Test("goes to an address with other letters before the @ only where the server offers SMTPUTF8")
    func letters() async throws {
        let able = try await Server(offersUTF8: true)
        let sent = try message(to: "jörg@bücher.example")
        try await able.mailer().deliver(sent)
        #expect(able.envelope == "auth@example.com jörg@xn--bcher-kva.example True")
        #expect(able.greetings.map { $0.hasSuffix(" True") } == [true])
        #expect(able.mail == sent.octets)
        try await able.mailer().deliver(try message())
        #expect(able.greetings.map { $0.hasSuffix(" True") } == [true, false], "no extension where none is needed")

        let unable = try await Server()
        let refused = try #require(await refusal(unable.mailer(), try message(to: "jörg@example.com")))
        #expect(refused.isFinal && refused.reason.contains("does not offer SMTPUTF8"), "\(refused)")
        #expect(unable.greetings.isEmpty && unable.mail == nil, "nothing of it was sent")
        let sender = try #require(await refusal(unable.mailer(), try message(from: "gäte@example.com")))
        #expect(sender.isFinal && unable.greetings.isEmpty)
        try await unable.mailer().deliver(try message())
    }

    @Test("that is refused is told in the server's own words: cut, on one line, and without what is secret")
    func words() async throws {
        let server = try await Server()
        let mailer = server.mailer()
        let gone = try #require(await refusal(mailer, try message(to: "nobody@example.com")))
        #expect(gone.isFinal && gone.reason == "the server says: 550 no such box (RCPT failed: 550)")
        let grey = try #require(await refusal(mailer, try message(to: "grey@example.com")))
        #expect(
            !grey.isFinal
                && grey.reason
                    == "the server says: 451 4.7.1 Greylisted, 4.7.1 try again in 300 seconds (RCPT failed: 451)"
        )
        let loud = try #require(await refusal(mailer, try message(to: "loud@example.com")))
        #expect(loud.isFinal && loud.reason.unicodeScalars.count <= 301 && loud.reason.hasSuffix("…"))
        #expect(!loud.reason.utf8.contains { $0 < 0x20 })
        let secret = String(repeating: "aB3-", count: 10) + "xyz"
        let echoed = try #require(
            await refusal(
                mailer, try message("https://auth.example.com/reset?token=\(secret)\n", to: "echo@example.com")))
        #expect(echoed.isFinal && echoed.reason.contains("the server says: 554 5.7.1 spam: https://auth"))
        #expect(echoed.reason.contains("token=… (…, …"), "\(echoed.reason)")
        #expect(!echoed.reason.contains("aB3") && !echoed.reason.contains("mail secret"))
        let raw = try #require(
            await refusal(
                mailer, try message("https://auth.example.com/reset?token=\(secret)\n", to: "raw@example.com")))
        #expect(raw.isFinal && raw.reason.contains("554 5.7.1 spam: https://auth"), "\(raw.reason)")
        #expect(!raw.reason.contains("aB3") && !raw.reason.contains("xyz"), "\(raw.reason)")
        let login = try #require(await refusal(server.mailer(password: "wrong"), try message()))
        #expect(!login.isFinal && login.reason.contains("the server says: 535 5.7.8"), "\(login)")
    }

    @Test("for which there is no room is no outage of the server, which was not asked")
    func room() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1, maxWait: .milliseconds(1))
        let (isRunning, isOver) = (Mutexed(false), Mutexed(false))
        let other = Task {
            try await pool.run(memoryKiB: 0) {
                isRunning.change { $0 = true }
                while !isOver.value { usleep(1_000) }
            }
        }
        #expect(await eventually { isRunning.value })
        let mailer = SMTPMailer(
            server: SMTPServer(
                url: "smtp://localhost:\(try FreePort.any())", startsTLS: false, helo: nil, username: nil,
                password: nil,
                caFile: nil, timeout: .seconds(10)), pool: pool)
        await #expect(throws: MailError.busy) { try await mailer.deliver(try message()) }
        isOver.change { $0 = true }
        try await other.value
    }

    @Test("that a grey list holds back is delivered on a later attempt, half an hour later if need be")
    func greyList() async throws {
        let server = try await Server()
        let clock = ManualClock()
        let pauses = Mutexed<[Duration]>([])
        let reports = Mutexed<[Outbox.Report]>([])
        let outbox = Outbox(
            mailer: server.mailer(), sender: try #require(MailSender("auth@example.com")), now: { clock.now },
            pause: { pause in
                clock.advance(by: pause)
                pauses.change { $0.append(pause) }
            }, report: { report in reports.change { $0.append(report) } })
        let start = clock.now
        _ = outbox.post(Mail(recipient: "grey@example.com", subject: "S", text: "T\n", life: .seconds(3_600)))
        _ = outbox.post(Mail(recipient: "nobody@example.com", subject: "N", text: "T\n"))
        outbox.close()
        await outbox.run()
        #expect(server.envelope == "auth@example.com grey@example.com True")
        #expect(clock.now.since(start) >= .seconds(245) && pauses.value.count >= 3, "\(pauses.value)")
        #expect(outbox.totals == .init(delivered: 1, lost: 1))
        #expect(
            reports.value.contains(.lost(subject: "N", reason: "the server says: 550 no such box (RCPT failed: 550)")))
        #expect(reports.value.last == .delivered(subject: "S"))
    }
}
