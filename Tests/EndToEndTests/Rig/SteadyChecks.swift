internal import Foundation
internal import GatehouseTestSupport

/// Asks the check listener of a stack again and again, as its proxy does, while something else happens.
final class SteadyChecks: Sendable {
    private struct State: Sendable {
        var isOver = false
        var wrong: [String] = []
        /// Microseconds, by what happened meanwhile.
        var durations: [String: [Int]] = [:]
        var phase = "before"
    }

    private let state = Mutexed(State())
    private let ended = Mutexed(false)

    /// Begins with what somebody's session opens.
    init(_ stack: Stack, _ path: String, cookie: String) {
        let (state, ended, port) = (state, ended, stack.ports.check)
        let headers = [
            ("X-Original-Method", "GET"), ("X-Original-URL", "http://\(stack.host)\(path)"),
            ("X-Forwarded-For", "127.0.0.1"), ("Cookie", cookie),
        ]
        Thread.detachNewThread {
            let connection = KeptConnection(port: port)
            while !state.value.isOver {
                let begin = ContinuousClock.now
                let answer = Result { try connection.get("/auth/request", host: "127.0.0.1", headers: headers) }
                let duration = (ContinuousClock.now - begin) / .microseconds(1)
                state.change { state in
                    if (try? answer.get().status) != 200 { state.wrong.append("\(state.phase): \(answer)") }
                    state.durations[state.phase, default: []].append(Int(duration))
                }
                Thread.sleep(forTimeInterval: 0.002)
            }
            ended.change { $0 = true }
        }
    }

    /// From now on something else happens.
    func enter(_ phase: String) { state.change { $0.phase = phase } }

    /// How many were answered since the last phase began.
    var answered: Int { state.value.durations[state.value.phase]?.count ?? 0 }

    /// Ends; what was not answered with 200.
    func stop() async -> [String] {
        state.change { $0.isOver = true }
        _ = await eventually { ended.value }
        if ProcessInfo.processInfo.environment["TEST_FIGURES"] != nil { print(figures) }
        return state.value.wrong
    }

    /// For a reader: no test may rely on times of a machine that it shares.
    private var figures: String {
        state.value.durations.sorted { $0.key < $1.key }.map { phase, all in
            let sorted = all.sorted()
            func share(_ share: Int) -> Int { sorted[min(sorted.count - 1, sorted.count * share / 100)] }
            return "checks, \(phase): \(all.count), median \(share(50)) µs, p99 \(share(99)) µs"
        }.joined(separator: "\n")
    }
}
