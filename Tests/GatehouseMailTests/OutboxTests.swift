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
                guard let next = failures[message.recipient.text]?.first else { return nil }
                failures[message.recipient.text]?.removeFirst()
                return next
            }
            if let error { throw error }
            delivered.withLock { $0.append(message) }
        }

        var recipients: [String] { delivered.withLock { $0.map(\.recipient.text) } }
    }

    private final class Heard: Sendable {
        let reports = Mutex<[Outbox.Report]>([])
        let pauses = Mutex<[Duration]>([])
        let clock = ManualClock()
    }

    private func run(_ mailer: Flaky, _ mails: [Mail]) async throws -> Heard {
        let heard = Heard()
        let outbox = try outbox(mailer, heard) { pause in
            heard.pauses.withLock { $0.append(pause) }
            heard.clock.advance(by: pause)
        }
        for mail in mails { _ = outbox.post(mail) }
        outbox.close()
        await outbox.run()
        return heard
    }

    private func outbox(
        _ mailer: any Mailer, _ heard: Heard, pause: @escaping @Sendable (Duration) async -> Void
    ) throws -> Outbox {
        Outbox(
            mailer: mailer, sender: try #require(MailSender("auth@example.com")), now: { heard.clock.now },
            pause: pause, report: { report in heard.reports.withLock { $0.append(report) } })
    }

    private let mail = Mail(recipient: "alice@example.com", subject: "S", text: "T\n")

    private static let away = MailError.unavailable(reason: "away")

    @Test("delivers in order, and tries again soon when a server is away")
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

    @Test("tries for more than half an hour: longer than grey lists keep a stranger waiting")
    func greyList() async throws {
        let heard = try await run(Flaky(["alice@example.com": Array(repeating: Self.away, count: 7)]), [mail])
        #expect(heard.pauses.withLock { $0.reduce(.zero, +) } >= .seconds(1_800))
        #expect(heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "away"))
        let patient = Flaky(["alice@example.com": Array(repeating: Self.away, count: 6)])
        _ = try await run(patient, [mail])
        #expect(patient.recipients == ["alice@example.com"])
    }

    @Test(
        "tries as long as a link in it works, and no longer",
        arguments: [(300, [5, 60, 180]), (1_800, [5, 60, 180, 300, 600]), (7_200, [5, 60, 180, 300, 600, 900])])
    func life(seconds: Int, pauses: [Int]) async throws {
        let link = Mail(recipient: "alice@example.com", subject: "S", text: "T\n", life: .seconds(seconds))
        let heard = try await run(Flaky(["alice@example.com": Array(repeating: Self.away, count: 20)]), [link])
        #expect(heard.pauses.withLock { $0 } == pauses.map { .seconds($0) })
        #expect(heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "away"))
        #expect(heard.reports.withLock { $0.count } == pauses.count + 1)
    }

    /// Takes longer than a link works over each mail.
    private struct Slow: Mailer {
        let heard: Heard
        let failure: MailError?
        let asked = Mutexed(0)

        func deliver(_ message: MailMessage) async throws(MailError) {
            asked.change { $0 += 1 }
            heard.clock.advance(by: .seconds(400))
            if let failure { throw failure }
        }
    }

    @Test("asks no server for a mail whose link is over: one that waited for others, or for its next attempt")
    func over() async throws {
        let heard = Heard()
        let slow = Slow(heard: heard, failure: nil)
        let waiting = try outbox(slow, heard) { heard.clock.advance(by: $0) }
        for _ in 0..<2 {
            _ = waiting.post(Mail(recipient: "alice@example.com", subject: "S", text: "T\n", life: .seconds(300)))
        }
        waiting.close()
        await waiting.run()
        #expect(slow.asked.value == 1)
        #expect(
            heard.reports.withLock { $0 }
                == [.delivered(subject: "S"), .lost(subject: "S", reason: "its link no longer works")])

        let later = Heard()
        let away = Flaky(["alice@example.com": [Self.away]])
        let resting = try outbox(away, later) { later.clock.advance(by: $0 + .seconds(300)) }
        _ = resting.post(Mail(recipient: "alice@example.com", subject: "S", text: "T\n", life: .seconds(300)))
        resting.close()
        await resting.run()
        #expect(away.recipients.isEmpty)
        #expect(later.reports.withLock { $0.last } == .lost(subject: "S", reason: "its link no longer works"))
    }

    @Test("counts no attempt when nobody was asked")
    func busy() async throws {
        let errors = Array(repeating: MailError.busy, count: 20) + Array(repeating: Self.away, count: 6)
        let mailer = Flaky(["alice@example.com": errors])
        let heard = try await run(mailer, [mail])
        #expect(mailer.recipients == ["alice@example.com"])
        #expect(heard.pauses.withLock { $0.suffix(6) } == [5, 60, 180, 300, 600, 900].map { .seconds($0) })
        let link = Mail(recipient: "alice@example.com", subject: "S", text: "T\n", life: .seconds(60))
        let short = try await run(Flaky(["alice@example.com": Array(repeating: .busy, count: 100)]), [link])
        #expect(short.pauses.withLock { $0.count } == 11, "as long as the link works")
    }

    @Test("counts what waits, what waits for another attempt, and what became of the rest")
    func totals() async throws {
        let heard = Heard()
        let mailer = Flaky([
            "alice@example.com": [Self.away, Self.away], "gone@example.com": [.refused(reason: "no such box")],
        ])
        let (steps, step) = AsyncStream<Void>.makeStream()
        let outbox = try outbox(mailer, heard) { _ in for await _ in steps { return } }
        for recipient: UTF8Text in ["alice@example.com", "gone@example.com", "bob@example.com"] {
            _ = outbox.post(Mail(recipient: recipient, subject: "S", text: "T\n"))
        }
        #expect(outbox.totals == .init(waiting: 3))
        outbox.close()
        let delivery = Task { await outbox.run() }
        #expect(await eventually { outbox.totals == .init(waiting: 1, resting: 1, delivered: 1, lost: 1) })
        step.yield()
        #expect(await eventually { heard.reports.withLock { $0.count } == 4 && outbox.totals.resting == 1 })
        step.yield()
        await delivery.value
        #expect(outbox.totals == .init(waiting: 0, resting: 0, delivered: 2, lost: 1))
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
        #expect(mailer.recipients == ["bob@example.com", "alice@example.com"] && outbox.totals.waiting == 0)
    }

    @Test("gives up at last, or at once where it will never work, and says so")
    func lost() async throws {
        let heard = try await run(Flaky(["alice@example.com": Array(repeating: Self.away, count: 7)]), [mail])
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
        #expect(outbox.totals.waiting == 1)
        outbox.close()
        #expect(!outbox.post(mail))
        delivery.cancel()
        await delivery.value
        #expect(outbox.totals.waiting == 0)
        #expect(
            heard.reports.withLock { $0.last } == .lost(subject: "S", reason: "the daemon is being stopped"))
    }

    @Test("takes no more than a thousand that wait")
    func full() async throws {
        let heard = try await run(Flaky(), Array(repeating: mail, count: 1_020))
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
