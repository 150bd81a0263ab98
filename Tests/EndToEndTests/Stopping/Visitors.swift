internal import Foundation
internal import GatehouseTestSupport

/// Some visitors who ask for a page again and again, each on a connection that is kept, until they are stopped.
final class Visitors: Sendable {
    struct Outcome: Sendable {
        var answers = 0
        /// What was not the page, at most some of it.
        var failures: [String] = []
        fileprivate var ended = 0
    }

    private let isOver = Mutexed(false)
    private let outcome = Mutexed(Outcome())
    private let number: Int

    /// Begins at once, with as many threads as visitors; they take a breath after each page, so that the machine is not busy
    /// with them alone.
    init(
        _ path: String, of stack: Stack, cookie: String, number: Int = 3,
        isPage: @escaping @Sendable (Answer) -> Bool
    ) {
        self.number = number
        let (isOver, outcome, host, port) = (isOver, outcome, stack.host, stack.ports.proxy)
        for _ in 0..<number {
            Thread.detachNewThread {
                let connection = KeptConnection(port: port)
                while !isOver.value {
                    let failure: String?
                    do {
                        let answer = try connection.get(path, host: host, headers: [("Cookie", cookie)])
                        failure = isPage(answer) ? nil : "\(answer.status) \(answer.text.prefix(200))"
                    } catch {
                        failure = "\(error)"
                    }
                    outcome.change { outcome in
                        outcome.answers += 1
                        if let failure, outcome.failures.count < 20 { outcome.failures.append(failure) }
                    }
                    usleep(5_000)
                }
                outcome.change { $0.ended += 1 }
            }
        }
    }

    var answers: Int { outcome.value.answers }

    /// Ends it and waits for the last answers.
    func stop() async -> Outcome {
        isOver.change { $0 = true }
        _ = await eventually(within: .seconds(30)) { outcome.value.ended == number }
        return outcome.value
    }
}
