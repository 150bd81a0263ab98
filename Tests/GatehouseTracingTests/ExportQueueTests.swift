import GatehouseOutbound
import Testing

@testable import GatehouseTracing

@Suite("A batch on its way")
struct ExportQueueTests {
    private func queue() -> ExportQueue {
        var queue = ExportQueue()
        queue.begin([1], of: 10)
        return queue
    }

    private static func later(_ wait: Duration? = nil) -> ExportAnswer { .later(reason: "503", after: wait) }

    @Test("is done with once it is taken, with what was not wanted of it")
    func taken() {
        var queue = queue()
        #expect(queue.note(.taken(rejected: 3), jitter: 0) == .next)
        #expect(queue.batch == nil && queue.problem == nil)
        #expect(queue.tally == .init(exported: 7, rejected: 3))
    }

    @Test("is not sent again if the collector does not want it")
    func refused() {
        var queue = queue()
        #expect(queue.note(.refused(reason: "400"), jitter: 0) == .next)
        #expect(queue.batch == nil && queue.problem == "400")
        #expect(queue.tally == .init(rejected: 10, failures: 1))
    }

    @Test("is sent again after longer and longer pauses, and is lost in the end")
    func again() {
        for (jitter, factor) in [(0.0, 0.5), (1.0, 1.0)] {
            var queue = queue()
            var pauses: [Duration] = []
            while case .rest(let pause) = queue.note(Self.later(), jitter: jitter) { pauses.append(pause) }
            #expect(pauses == [1, 2, 4, 8, 16].map { .seconds($0) * factor })
            #expect(queue.batch == nil && queue.tally == .init(lost: 10, failures: 6))
        }
    }

    @Test("waits as long as the collector wants, within reason")
    func retryAfter() {
        var queue = queue()
        #expect(queue.note(Self.later(.seconds(7)), jitter: 1) == .rest(.seconds(7)))
        #expect(queue.note(Self.later(.seconds(7_200)), jitter: 1) == .rest(.seconds(60)))
        #expect(queue.note(.taken(rejected: 0), jitter: 0) == .next && queue.problem == nil)
        #expect(queue.tally == .init(exported: 10, failures: 2))
    }

    @Test("is lost at once if the next attempt would come too late")
    func end() {
        var queue = queue()
        #expect(queue.note(Self.later(.seconds(1)), remaining: .seconds(2), jitter: 0) == .rest(.seconds(1)))
        #expect(queue.note(Self.later(.seconds(2)), remaining: .seconds(1), jitter: 0) == .next)
        #expect(queue.batch == nil && queue.tally.lost == 10)
    }
}

@Suite("The answer of a collector")
struct ExportAnswerTests {
    private func answer(_ status: Int, _ body: String = "", after: Duration? = nil) -> ExportAnswer {
        ExportAnswer(.success(HTTPAnswer(status: status, body: Array(body.utf8), retryAfter: after)), of: 10)
    }

    @Test("that it took the spans may leave some out")
    func partial() {
        #expect(answer(200) == .taken(rejected: 0) && answer(200, "{}") == .taken(rejected: 0))
        #expect(
            answer(200, #"{"partialSuccess":{"rejectedSpans":"3","errorMessage":"no"}}"#) == .taken(rejected: 3))
        #expect(answer(200, #"{"partialSuccess":{"rejectedSpans":"99"}}"#) == .taken(rejected: 10))
        for body in [#"{"partialSuccess":{}}"#, #"{"partialSuccess":{"rejectedSpans":"-3"}}"#, "<html>", "[1]"] {
            #expect(answer(202, body) == .taken(rejected: 0), "\(body)")
        }
    }

    @Test("may ask to come back later", arguments: [429, 502, 503, 504])
    func later(status: Int) {
        let reason = "the collector answered with \(status)"
        #expect(answer(status) == .later(reason: reason, after: nil))
        #expect(answer(status, after: .seconds(7)) == .later(reason: reason, after: .seconds(7)))
    }

    @Test("is final otherwise", arguments: [301, 400, 401, 404, 500, 501])
    func refused(status: Int) {
        #expect(answer(status) == .refused(reason: "the collector answered with \(status)"))
    }

    @Test("is missing while nobody is there")
    func missing() {
        #expect(
            ExportAnswer(.failure(.unreached(reason: "refused")), of: 1) == .later(reason: "refused", after: nil))
        #expect(ExportAnswer(.failure(.failed(reason: "timeout")), of: 1) == .later(reason: "timeout", after: nil))
    }
}
