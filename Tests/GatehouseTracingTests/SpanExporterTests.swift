import GatehouseCore
import GatehouseFormats
import GatehouseOutbound
import GatehouseTestSupport
import Testing

@testable import GatehouseTracing

/// What answers in place of a collector, and keeps what it was sent.
private final class Receiver: Sendable {
    let posts = Mutexed<[HTTPPost]>([])
    let answers: Mutexed<[Result<HTTPAnswer, OutboundError>]>
    let reports = Mutexed<[SpanExporter.Report]>([])

    /// Answers one after another, and 200 in the end.
    init(_ answers: [Result<HTTPAnswer, OutboundError>] = []) { self.answers = Mutexed(answers) }

    func exporter(_ headers: [(name: String, value: String)] = []) -> SpanExporter {
        let collector = Collector(
            endpoint: "http://collector.example:4318/", headers: headers, timeout: .seconds(10),
            resource: .init(name: "gate", version: "1.2.3", instance: "one"))
        return SpanExporter(
            collector, share: 1, seed: 1, report: { report in self.reports.change { $0.append(report) } }
        ) {
            post in
            self.posts.change { $0.append(post) }
            var answer = Result<HTTPAnswer, OutboundError>.success(HTTPAnswer(status: 200))
            self.answers.change { if !$0.isEmpty { answer = $0.removeFirst() } }
            return answer
        }
    }

    var bodies: [String] { posts.value.map { String(decoding: $0.body, as: UTF8.self) } }
}

@Suite("The exporter of spans")
struct SpanExporterTests {
    private static let context = TraceContext(
        trace: TraceID(high: 0x0AF7_6519_16CD_43DD, low: 0x8448_EB21_1C80_319C), span: SpanID(0xB7), isSampled: true)

    private func span(_ name: String = "GET /x", isFailure: Bool = false) -> TraceSpan {
        let begin = ContinuousClock.now
        return TraceSpan(
            name, .server, Self.context, parent: SpanID(0xFF), from: begin, to: begin + .microseconds(1_500),
            [.init(.method, "GET"), .init(.status, 200)], isFailure: isFailure)
    }

    @Test("says a span in the words of OTLP")
    func encoding() throws {
        let span = span("a \"b\"", isFailure: true)
        let request = ExportRequest(
            [span], of: .init(name: "gate", version: "1", instance: "i"),
            now: (span.begin + .seconds(1), 1_800_000_000_123_456_789))
        #expect(
            String(decoding: request.octets, as: UTF8.self)
                == #"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"gate"}},"#
                + #"{"key":"service.version","value":{"stringValue":"1"}},"#
                + #"{"key":"service.instance.id","value":{"stringValue":"i"}}]},"#
                + #""scopeSpans":[{"scope":{"name":"gatehouse"},"spans":[{"#
                + #""traceId":"0af7651916cd43dd8448eb211c80319c","spanId":"00000000000000b7","#
                + #""parentSpanId":"00000000000000ff","flags":1,"name":"a \"b\"","kind":2,"#
                + #""startTimeUnixNano":"1799999999123456789","endTimeUnixNano":"1799999999124956789","#
                + #""attributes":[{"key":"http.request.method","value":{"stringValue":"GET"}},"#
                + #"{"key":"http.response.status_code","value":{"intValue":"200"}}],"status":{"code":2}}]}]}]}"#)
    }

    @Test("sends a full batch at once, and what waits when the program ends")
    func batches() async throws {
        let receiver = Receiver()
        let exporter = receiver.exporter([(name: "X-Scope-OrgID", value: "tenant")])
        exporter.tracer.take((0..<513).map { _ in span() })
        #expect(await eventually { receiver.posts.value.count >= 1 })
        exporter.tracer.take([span("last")])
        #expect(await exporter.finish(within: .seconds(30)) == 0)
        #expect(exporter.tally == .init(exported: 514) && exporter.waiting == 0)
        let post = try #require(receiver.posts.value.first)
        #expect(post.url == "http://collector.example:4318/v1/traces" && post.timeout == .seconds(10))
        #expect(post.headers.map(\.name) == ["Content-Type", "X-Scope-OrgID"])
        #expect(receiver.bodies[0].matches(of: /"traceId"/).count == 512)
        #expect(receiver.bodies.dropFirst().joined().contains("\"last\"") && receiver.reports.value.isEmpty)
    }

    @Test("sends again what was not taken, and says once that it cannot and once that it can")
    func again() async throws {
        let busy = Result<HTTPAnswer, OutboundError>.success(HTTPAnswer(status: 503, retryAfter: .milliseconds(10)))
        let receiver = Receiver([busy, busy])
        let exporter = receiver.exporter()
        exporter.tracer.take((0..<512).map { _ in span() })
        #expect(await eventually { exporter.tally.exported == 512 })
        #expect(exporter.tally.failures == 2 && Set(receiver.bodies).count == 1)
        #expect(receiver.reports.value == [.failing(reason: "the collector answered with 503"), .works])
    }

    @Test("ends in time although nobody takes anything, and says how much is lost")
    func end() async {
        let receiver = Receiver(Array(repeating: .failure(.unreached(reason: "nobody is there")), count: 100))
        let exporter = receiver.exporter()
        exporter.tracer.take((0..<700).map { _ in span() })
        #expect(await exporter.finish(within: .milliseconds(300)) + exporter.tally.lost == 700)
        #expect(exporter.tally.exported == 0 && receiver.reports.value.count == 1)
        let none = receiver.exporter()
        none.tracer.take([span()])
        #expect(await none.finish(within: .zero) == 1)
    }

    @Test("tells what became of spans")
    func figures() async {
        let receiver = Receiver([.success(HTTPAnswer(status: 400))])
        let exporter = receiver.exporter()
        exporter.tracer.take((0..<9_000).map { _ in span() })
        _ = await exporter.finish(within: .seconds(30))
        let series = SpanExporter.exported[0].family(of: [exporter]).series
        let values = Dictionary(uniqueKeysWithValues: series.map { ("\($0.labels)", $0.value) })
        #expect(values.count == 4 && exporter.tracer.dropped == 808, "\(values)")
        #expect(exporter.tally.rejected == 512 && exporter.tally.exported == 9_000 - 808 - 512)
    }
}
