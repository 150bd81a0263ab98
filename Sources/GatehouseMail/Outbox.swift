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
    private let mails: AsyncStream<Posted>
    private let slot: AsyncStream<Posted>.Continuation
    private let counts = Mutex(Counts())

    /// The most mails that are on their way; further ones are not taken.
    private static let capacity = 1_000
    /// How long to wait before a mail that was not delivered is tried again: soon after a short outage, and for more than half
    /// an hour altogether, which is longer than grey lists keep strangers out.
    private static let pauses: [Duration] = [
        .seconds(5), .seconds(60), .seconds(180), .seconds(300), .seconds(600), .seconds(900),
    ]

    /// What became of the mails since the start.
    package struct Counts: Equatable, Sendable {
        /// Neither delivered nor lost.
        package var waiting = 0
        /// Of those, the ones that wait for another attempt.
        package var resting = 0
        package var delivered = 0
        package var lost = 0

        package init(waiting: Int = 0, resting: Int = 0, delivered: Int = 0, lost: Int = 0) {
            self.waiting = waiting
            self.resting = resting
            self.delivered = delivered
            self.lost = lost
        }
    }

    /// How long to wait before a mail is tried again, and how often it was by then.
    private struct Rest: Sendable {
        let pause: Duration
        let attempts: Int
    }

    /// A mail that was taken, and when.
    private struct Posted: Sendable {
        let mail: Mail
        let at: Timestamp
    }

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

    package var totals: Counts { counts.withLock(\.self) }

    /// Takes a mail.
    ///
    /// - Returns: `false` if too many wait; it is lost then.
    package func post(_ mail: Mail) -> Bool {
        let isTaken = counts.withLock { counts in
            guard counts.waiting < Outbox.capacity else {
                counts.lost += 1
                return false
            }
            counts.waiting += 1
            return true
        }
        guard isTaken else {
            report(.lost(subject: mail.subject, reason: "too many mails wait"))
            return false
        }
        guard case .enqueued = slot.yield(Posted(mail: mail, at: now())) else {
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
            for await posted in mails {
                guard let message = message(posted.mail) else { continue }
                guard let rest = await attempt(message, posted, after: 0) else { continue }
                group.addTask { await self.retry(message, posted, rest) }
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

    /// - Returns: when to try it again; `nil` if it is delivered or lost.
    private func attempt(_ message: MailMessage, _ posted: Posted, after attempts: Int) async -> Rest? {
        let subject = posted.mail.subject
        guard !Task.isCancelled else {
            end(.lost(subject: subject, reason: "the daemon is being stopped"))
            return nil
        }
        // It may have waited long for others.
        guard isOfUse(posted, in: .zero) else {
            end(.lost(subject: subject, reason: "its link no longer works"))
            return nil
        }
        do throws(MailError) {
            try await mailer.deliver(message)
            end(.delivered(subject: subject))
            return nil
        } catch {
            guard let rest = rest(posted, after: attempts, error) else {
                end(.lost(subject: subject, reason: error.reason))
                return nil
            }
            report(.retried(reason: error.reason))
            return rest
        }
    }

    private func retry(_ message: MailMessage, _ posted: Posted, _ first: Rest) async {
        var next: Rest? = first
        while let rest = next {
            counts.withLock { $0.resting += 1 }
            await pause(rest.pause)
            counts.withLock { $0.resting -= 1 }
            next = await attempt(message, posted, after: rest.attempts)
        }
    }

    /// What follows an attempt that failed; `nil` if there will be no other, or if the mail is of no use any more by then.
    private func rest(_ posted: Posted, after attempts: Int, _ error: MailError) -> Rest? {
        let rest: Rest
        switch error {
        case .refused: return nil
        case .unavailable:
            guard attempts < Outbox.pauses.count else { return nil }
            rest = Rest(pause: Outbox.pauses[attempts], attempts: attempts + 1)
        // Nobody was asked: that was no attempt.
        case .busy: rest = Rest(pause: Outbox.pauses[0], attempts: attempts)
        }
        return isOfUse(posted, in: rest.pause) ? rest : nil
    }

    private func isOfUse(_ posted: Posted, in pause: Duration) -> Bool {
        guard let life = posted.mail.life else { return true }
        return now().since(posted.at) + pause < life
    }

    /// Says what became of a mail that was taken.
    private func end(_ what: Report) {
        counts.withLock { counts in
            counts.waiting -= 1
            if case .delivered = what { counts.delivered += 1 } else { counts.lost += 1 }
        }
        report(what)
    }
}
