import GatehouseCore
@testable import GatehouseServer
import GatehouseTestSupport
import Testing

@Suite("The span of a check")
struct CheckSpanTests {
    private let fixture: CheckFixture
    private let tracer = Tracer(share: 1, seed: 1)
    private static let sampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    private static let unsampled = "traceparent: 00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00"

    init() throws { fixture = try CheckFixture() }

    private func engine(_ tracer: Tracer?) throws -> CheckEngine<FakeReader> {
        try fixture.makeEngine(FakeReader(fixture.records, on: nil), tracer: tracer)
    }

    private func facts(_ span: TraceSpan) -> [String: String] {
        Dictionary(
            span.facts.map { fact in
                switch fact.value {
                case .text(let text): (fact.attribute.rawValue, text)
                case .number(let number): (fact.attribute.rawValue, "\(number)")
                }
            }, uniquingKeysWith: { first, _ in first })
    }

    @Test("says what was decided and why, and has the questions to the store below it")
    func allowed() async throws {
        let cookie = try await fixture.signIn()
        let engine = try engine(tracer)
        _ = try engine.response(
            to: Array(Wire.request("https://app.example.com/admin/x?q=secret", cookie: cookie, Self.sampled).utf8))
        let spans = tracer.nextBatch()
        let check = try #require(spans.first)
        #expect(check.name == "GET /auth/request" && check.kind == .server && !check.isFailure)
        #expect("\(check.context.trace)" == "0af7651916cd43dd8448eb211c80319c")
        #expect(check.parent.map { "\($0)" } == "b7ad6b7169203331")
        #expect(
            facts(check) == [
                "http.request.method": "GET", "http.route": "/auth/request", "url.path": "/auth/request",
                "url.scheme": "http", "http.response.status_code": "200", "gatehouse.contract": "/auth/request",
                "gatehouse.outcome": "allow", "gatehouse.reason": "condition-met", "gatehouse.application": "app",
                "gatehouse.rule": "3",
            ])
        let reads = spans.dropFirst()
        #expect(reads.count == 2 && reads.allSatisfy { $0.name == "redis" && $0.kind == .client && !$0.isFailure })
        for read in reads {
            #expect(read.parent == check.context.span && read.context.trace == check.context.trace)
            #expect(read.begin >= check.begin && read.end <= check.end && read.begin <= read.end)
        }
        #expect(Set(spans.map(\.context.span)).count == spans.count)
        // Of the person, of the session and of what was asked for nothing is in them.
        for word in ["alice", "example", "secret", "admin", cookie] { #expect(!"\(spans)".contains(word), "\(word)") }
    }

    @Test("tells refusals from failures")
    func others() throws {
        let engine = try engine(tracer)
        func span(_ url: String, _ more: String) throws -> TraceSpan {
            _ = try engine.response(to: Array(Wire.request(url, more).utf8))
            return try #require(tracer.nextBatch().first)
        }
        let denied = try span("https://app.example.com/closed/x", Self.sampled)
        #expect(facts(denied)["gatehouse.outcome"] == "deny" && facts(denied)["http.response.status_code"] == "403")
        #expect(!denied.isFailure)
        let stranger = try span("https://elsewhere.example.org/", "X: y")
        #expect(facts(stranger)["gatehouse.application"] == nil && stranger.parent == nil)
        fixture.records.change { $0.isAvailable = false }
        let token = String(repeating: "A", count: 43)
        let down = try span("https://app.example.com/", "Cookie: __Host-gatehouse=\(token)")
        #expect(facts(down)["error.type"] == "503" && down.isFailure)
    }

    @Test("is none where the trace is not kept, is begun elsewhere and not kept, or nothing is traced")
    func none() throws {
        let quiet = Tracer(share: 0, seed: 1)
        for (tracer, line) in [(quiet, "X: y"), (self.tracer, Self.unsampled), (nil, Self.sampled)] {
            let engine = try engine(tracer)
            _ = try engine.response(to: Array(Wire.request("https://app.example.com/closed/x", line).utf8))
            #expect(tracer?.waiting ?? 0 == 0)
        }
    }

    @Test("or the trace of who asked is named in the line about a denied check")
    func lines() throws {
        for line in [Self.sampled, Self.unsampled] {
            let engine = try engine(nil)
            _ = try engine.response(to: Array(Wire.request("https://app.example.com/closed/x", line).utf8))
        }
        #expect(fixture.lines.count("trace_id=0af7651916cd43dd8448eb211c80319c") == 2)
        _ = try engine(tracer).response(to: Array(Wire.request("https://app.example.com/closed/x").utf8))
        let begun = try #require(tracer.nextBatch().first)
        #expect(fixture.lines.count("trace_id=\(begun.context.trace)") == 1)
        _ = try engine(nil).response(
            to: Array(Wire.request("https://app.example.com/closed/x", Self.sampled, Self.sampled).utf8))
        #expect(fixture.lines.count("trace_id=") == 3, "two lines say nothing")
    }
}
