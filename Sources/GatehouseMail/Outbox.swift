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
    private let count = Mutex(0)

    /// The most mails that are on their way; further ones are not taken.
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
        (mails, slot) = AsyncStream.makeStream()
    }

    /// How many mails are neither delivered nor lost.
    package var waiting: Int { count.withLock(\.self) }

    /// Takes a mail.
    ///
    /// - Returns: `false` if too many wait; it is lost then.
    package func post(_ mail: Mail) -> Bool {
        let isTaken = count.withLock { count in
            guard count < Outbox.capacity else { return false }
            count += 1
            return true
        }
        guard isTaken else {
            report(.lost(subject: mail.subject, reason: "too many mails wait"))
            return false
        }
        guard case .enqueued = slot.yield(mail) else {
            end(.lost(subject: mail.subject, reason: "the daemon is being stopped"))
            return false
        }
        return true
    }

    /// Delivers mails until the outbox is closed and what was in it is delivered or lost.
    ///
    /// One after another, but none waits for another that has to be tried again. When the task is cancelled, what was not
    /// begun is lost.
    package func run() async {
        await withDiscardingTaskGroup { group in
            for await mail in mails {
                guard let message = message(mail), await attempt(message, mail, isLast: false) else { continue }
                group.addTask { await self.retry(message, mail) }
            }
        }
    }

    /// Takes no further mails.
    package func close() { slot.finish() }

    /// `nil` for what can be no mail; it was reported.
    private func message(_ mail: Mail) -> MailMessage? {
        do throws(MailError) {
            return try MailMessage(mail, from: sender, now: now(), id: (try? SystemRandom.octets(16)) ?? [])
        } catch {
            end(.lost(subject: mail.subject, reason: error.reason))
            return nil
        }
    }

    /// - Returns: whether it may be tried again.
    private func attempt(_ message: MailMessage, _ mail: Mail, isLast: Bool) async -> Bool {
        guard !Task.isCancelled else {
            end(.lost(subject: mail.subject, reason: "the daemon is being stopped"))
            return false
        }
        do throws(MailError) {
            try await mailer.deliver(message)
            end(.delivered(subject: mail.subject))
            return false
        } catch {
            guard case .unavailable(let reason) = error, !isLast else {
                end(.lost(subject: mail.subject, reason: error.reason))
                return false
            }
            report(.retried(reason: reason))
            return true
        }
    }

    private func retry(_ message: MailMessage, _ mail: Mail) async {
        for (index, rest) in Outbox.pauses.enumerated() {
            await pause(rest)
            guard await attempt(message, mail, isLast: index == Outbox.pauses.count - 1) else { return }
        }
    }

    /// Says what became of a mail that was taken.
    private func end(_ what: Report) {
        count.withLock { $0 -= 1 }
        report(what)
    }
}
