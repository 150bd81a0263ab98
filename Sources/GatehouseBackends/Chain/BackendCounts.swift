package import GatehouseCore
internal import Synchronization

/// What one backend answered, how long that took, and since when it does not answer; read from any thread.
package final class BackendCounts: Sendable {
    package let name: BackendName
    private let durations = Histogram(.long)
    /// One for each `Answer`.
    private let answers: InlineArray<9, Atomic<Int>>
    private let current = Mutex<Outage?>(nil)

    /// A time in which the backend was asked and gave no answer.
    package struct Outage: Sendable {
        package let since: Timestamp
        /// Of the last question.
        package let reason: String
    }

    /// What is told apart; the raw value is the label.
    enum Answer: String, CaseIterable {
        case authenticated
        case notMine = "not-mine"
        case barred
        case refused
        /// Asked about somebody who signed in earlier.
        case known
        case gone
        case unavailable
        case busy
        case held
    }

    package init(_ name: BackendName) {
        self.name = name
        answers = InlineArray { _ in Atomic(0) }
    }

    /// Since when there is no answer; `nil` if the last question had one, or nothing was asked.
    package var outage: Outage? { current.withLock(\.self) }

    func note(_ answer: Answer, after duration: Duration) {
        count(answer, duration)
        current.withLock { $0 = nil }
    }

    /// A question that was turned away here says nothing about who would have answered it.
    func note(_ error: BackendError, after duration: Duration, _ now: Timestamp) {
        switch error {
        case .busy: count(.busy, duration)
        case .held: count(.held, duration)
        case .unavailable(let reason):
            count(.unavailable, duration)
            current.withLock { $0 = Outage(since: $0?.since ?? now, reason: reason) }
        }
    }

    private func count(_ answer: Answer, _ duration: Duration) {
        if let place = Answer.allCases.firstIndex(of: answer), answers.indices.contains(place) {
            answers[place].increment()
        }
        durations.record(duration)
    }

    private func count(of answer: Answer) -> Int {
        guard let place = Answer.allCases.firstIndex(of: answer), answers.indices.contains(place) else { return 0 }
        return answers[place].current
    }
}

extension BackendCounts.Answer {
    init(_ error: BackendError) {
        self =
            switch error {
            case .busy: .busy
            case .held: .held
            case .unavailable: .unavailable
            }
    }

    init(_ result: AuthenticationResult) {
        self =
            switch result {
            case .authenticated: .authenticated
            case .notMine: .notMine
            case .barred: .barred
            case .refused: .refused
            }
    }
}

extension BackendCounts {
    /// What is exported of each backend.
    package static let exported: [Metric<BackendCounts>] = [
        Metric(
            "gatehouse_backend_answers_total", .counter, "Answers of backends to sign-ins and to later questions."
        ) { backend in
            Answer.allCases.map {
                MetricSeries(
                    ["backend": "\(backend.name)", "answer": $0.rawValue], .integer(backend.count(of: $0)))
            }
        },
        Metric("gatehouse_backend_duration_seconds", .histogram, "Time that backends took to answer.") { backend in
            [MetricSeries(["backend": "\(backend.name)"], .histogram(backend.durations.reading))]
        },
        Metric("gatehouse_backend_up", .gauge, "0 from the first question that a backend gave no answer to.") {
            [MetricSeries(["backend": "\($0.name)"], .integer($0.outage == nil ? 1 : 0))]
        },
    ]
}
