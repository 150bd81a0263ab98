import Foundation
import GatehouseCore
import GatehouseTestSupport
import Synchronization
import Testing

@testable import GatehouseMail

@Suite("The outbox")
struct OutboxTests {
    /// Fails as often as it is told, then delivers.
    private final class Flaky: Mailer {
        let failures: Mutex<[MailError]>
        let delivered = Mutex<[MailMessage]>([])

        init(_ failures: [MailError] = []) { self.failures = Mutex(failures) }

        func deliver(_ message: MailMessage) async throws(MailError) {
            let error = failures.withLock { $0.isEmpty ? nil : $0.removeFirst() }
            if let error { throw error }
            delivered.withLock { $0.append(message) }
        }
    }

    private final class Heard: Sendable {
        let reports = Mutex<[Outbox.Report]>([])
        let pauses = Mutex<[Duration]>([])
    }

    private func run(_ mailer: Flaky, _ mails: [Mail]) async throws -> Heard {
        let heard = Heard()
        let outbox = Outbox(
            mailer: mailer, sender: try #require(MailSender("auth@example.com")), now: { Timestamp(milliseconds: 0) },
            pause: { pause in heard.pauses.withLock { $0.append(pause) } },
            report: { report in heard.reports.withLock { $0.append(report) } })
        for mail in mails { _ = outbox.post(mail) }
        outbox.close()
        await outbox.run()
        return heard
    }

    private let mail = Mail(recipient: "alice@example.com", subject: "S", text: "T\n")

    @Test("delivers in order, and tries again twice when a server is away")
    func retries() async throws {
        let mailer = Flaky([.unavailable(reason: "away"), .unavailable(reason: "away")])
        let heard = try await run(mailer, [mail, Mail(recipient: "bob@example.com", subject: "S", text: "T\n")])
        #expect(mailer.delivered.withLock { $0.map(\.recipient) } == ["alice@example.com", "bob@example.com"])
        #expect(heard.pauses.withLock { $0 } == [.seconds(5), .seconds(60)])
    }

    @Test("gives up after the third time, or at once where it will never work, and says so")
    func lost() async throws {
        let away = MailError.unavailable(reason: "away")
        let heard = try await run(Flaky([away, away, away]), [mail])
        #expect(heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "away"))
        let refused = try await run(Flaky(), [Mail(recipient: "no address", subject: "S", text: "")])
        #expect(refused.reports.withLock { $0.count } == 1)
        #expect(refused.pauses.withLock { $0.isEmpty })
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
