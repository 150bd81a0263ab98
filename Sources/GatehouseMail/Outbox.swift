package import GatehouseCore
internal import GatehouseCrypto
internal import Synchronization

/// Mails on their way: whoever posts one goes on at once, so that no answer tells whether there was one.
package final class Outbox: Sendable {
    private let mailer: any Mailer
    private let sender: MailSender
    private let now: @Sendable () -> Timestamp
    private let pause: @Sendable (Duration) async -> Void
    private let report: @Sendable (Report) -> Void
    private let mails: AsyncStream<Mail>
    private let slot: AsyncStream<Mail>.Continuation

    /// The most mails that wait; further ones are not taken.
    private static let capacity = 100
    /// How long to wait before a mail that was not delivered is tried again.
    private static let pauses: [Duration] = [.seconds(5), .seconds(60)]

    /// What became of a mail.
    package enum Report: Equatable, Sendable {
        case delivered(subject: String)
        case retried(reason: String)
        /// It is lost.
        case lost(subject: String, reason: String)
    }

    /// - Parameters:
    ///   - mailer: what delivers.
    ///   - sender: from whom everything comes.
    ///   - now: the wall clock, for the dates.
    ///   - pause: waits.
    ///   - report: hears what became of each mail.
    package init(
        mailer: any Mailer, sender: MailSender, now: @escaping @Sendable () -> Timestamp,
        pause: @escaping @Sendable (Duration) async -> Void = { try? await Task.sleep(for: $0) },
        report: @escaping @Sendable (Report) -> Void
    ) {
        self.mailer = mailer
        self.sender = sender
        self.now = now
        self.pause = pause
        self.report = report
        (mails, slot) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(Outbox.capacity))
    }

    /// Takes a mail.
    ///
    /// - Returns: `false` if too many wait; it is lost then.
    package func post(_ mail: Mail) -> Bool {
        guard case .enqueued = slot.yield(mail) else {
            report(.lost(subject: mail.subject, reason: "too many mails wait"))
            return false
        }
        return true
    }

    /// Delivers mails, one after another, until the outbox is closed and what was in it is on its way.
    package func run() async {
        for await mail in mails { await deliver(mail) }
    }

    /// Takes no further mails.
    package func close() { slot.finish() }

    private func deliver(_ mail: Mail) async {
        do throws(MailError) {
            let message = try MailMessage(
                mail, from: sender, now: now(), id: (try? SystemRandom.octets(16)) ?? [])
            for rest in Outbox.pauses.map(Optional.some) + [nil] {
                do throws(MailError) {
                    try await mailer.deliver(message)
                    return report(.delivered(subject: mail.subject))
                } catch {
                    guard case .unavailable(let reason) = error, let rest else { throw error }
                    report(.retried(reason: reason))
                    await pause(rest)
                }
            }
        } catch {
            switch error {
            case .refused(let reason), .unavailable(let reason): report(.lost(subject: mail.subject, reason: reason))
            }
        }
    }
}
