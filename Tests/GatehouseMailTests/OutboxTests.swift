import Foundation
import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseMail

@Suite("The outbox")
struct OutboxTests {
    /// Fails as often as it is told for a recipient, then delivers.
    private final class Flaky: Mailer {
        let failures: Mutex<[String: [MailError]]>
        let delivered = Mutex<[MailMessage]>([])

        init(_ failures: [String: [MailError]] = [:]) { self.failures = Mutex(failures) }

        func deliver(_ message: MailMessage) async throws(MailError) {
            let error = failures.withLock { failures -> MailError? in
                guard let next = failures[message.recipient]?.first else { return nil }
                failures[message.recipient]?.removeFirst()
                return next
            }
            if let error { throw error }
            delivered.withLock { $0.append(message) }
        }

        var recipients: [String] { delivered.withLock { $0.map(\.recipient) } }
    }

    private final class Heard: Sendable {
        let reports = Mutex<[Outbox.Report]>([])
        let pauses = Mutex<[Duration]>([])
    }

    private func run(_ mailer: Flaky, _ mails: [Mail]) async throws -> Heard {
        let heard = Heard()
        let outbox = try outbox(mailer, heard) { pause in heard.pauses.withLock { $0.append(pause) } }
        for mail in mails { _ = outbox.post(mail) }
        outbox.close()
        await outbox.run()
        return heard
    }

    private func outbox(
        _ mailer: Flaky, _ heard: Heard, pause: @escaping @Sendable (Duration) async -> Void
    ) throws -> Outbox {
        Outbox(
            mailer: mailer, sender: try #require(MailSender("auth@example.com")), now: { Timestamp(milliseconds: 0) },
            pause: pause, report: { report in heard.reports.withLock { $0.append(report) } })
    }

    private let mail = Mail(recipient: "alice@example.com", subject: "S", text: "T\n")

    private static let away = MailError.unavailable(reason: "away")

    @Test("delivers in order, and tries again twice when a server is away")
    func retries() async throws {
        let mailer = Flaky(["alice@example.com": [Self.away, Self.away]])
        let heard = try await run(mailer, [mail])
        #expect(mailer.recipients == ["alice@example.com"])
        #expect(heard.pauses.withLock { $0 } == [.seconds(5), .seconds(60)])
        let others = (0..<5).map { Mail(recipient: UTF8Text("p\($0)@example.com"), subject: "S", text: "T\n") }
        let willing = Flaky()
        _ = try await run(willing, others)
        #expect(willing.recipients == others.map(\.recipient.string))
    }

    @Test("lets nobody wait for a mail that has to be tried again")
    func aside() async throws {
        let mailer = Flaky(["alice@example.com": [Self.away]])
        let heard = Heard()
        let outbox = try outbox(mailer, heard) { _ in
            while mailer.recipients.isEmpty { await Task.yield() }
        }
        for mail in [mail, Mail(recipient: "bob@example.com", subject: "S", text: "T\n")] { _ = outbox.post(mail) }
        outbox.close()
        await outbox.run()
        #expect(mailer.recipients == ["bob@example.com", "alice@example.com"] && outbox.waiting == 0)
    }

    @Test("gives up after the third time, or at once where it will never work, and says so")
    func lost() async throws {
        let heard = try await run(Flaky(["alice@example.com": [Self.away, Self.away, Self.away]]), [mail])
        #expect(heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "away"))
        let never = try await run(Flaky(["alice@example.com": [.refused(reason: "no such box")]]), [mail])
        #expect(never.reports.withLock { $0 } == [.lost(subject: "S", reason: "no such box")])
        let refused = try await run(Flaky(), [Mail(recipient: "no address", subject: "S", text: "")])
        #expect(refused.reports.withLock { $0.count } == 1)
        #expect(refused.pauses.withLock { $0.isEmpty })
    }

    @Test("ends soon when it is cancelled, and says what is lost")
    func cancelled() async throws {
        let heard = Heard()
        let outbox = try outbox(Flaky(["alice@example.com": [Self.away]]), heard) { try? await Task.sleep(for: $0) }
        _ = outbox.post(mail)
        let delivery = Task { await outbox.run() }
        #expect(await eventually { heard.reports.withLock { !$0.isEmpty } })
        #expect(outbox.waiting == 1)
        outbox.close()
        #expect(!outbox.post(mail))
        delivery.cancel()
        await delivery.value
        #expect(outbox.waiting == 0)
        #expect(
            heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "the daemon is being stopped"))
    }

    @Test("takes no more than a hundred that wait")
    func full() async throws {
        let heard = try await run(Flaky(), Array(repeating: mail, count: 120))
        let lost = heard.reports.withLock { $0.filter { if case .lost = $0 { true } else { false } }.count }
        #expect(lost == 20)
    }

    @Test("writes a file for each mail that nobody else can read")
    func files() async throws {
        let folder = try TemporaryFolder()
        let message = try MailMessage(
            mail, from: try #require(MailSender("auth@example.com")), now: Timestamp(milliseconds: 0), id: [1])
        try await FileMailer(folder: folder.path).deliver(message)
        try await FileMailer(folder: folder.path).deliver(message)
        let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).filter { $0.hasSuffix(".eml") }
        #expect(names.count == 2)
        await #expect(throws: MailError.self) { try await FileMailer(folder: "\(folder.path)/none").deliver(message) }
    }
}
