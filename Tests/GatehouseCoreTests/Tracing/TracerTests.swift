import GatehouseCore
import GatehouseTestSupport
import Testing

@Suite("A tracer")
struct TracerTests {
    private static let sampled = TraceContext(
        trace: TraceID(high: 1, low: 2), span: SpanID(3), isSampled: true)
    private static let unsampled = TraceContext(
        trace: TraceID(high: 1, low: 2), span: SpanID(3), isSampled: false)

    private func span(_ name: String = "work") -> TraceSpan {
        TraceSpan(name, .own, Self.sampled, parent: nil, from: .now, to: .now)
    }

    @Test("follows who began the trace, whatever is sampled here", arguments: [0, 0.5, 1])
    func parentBased(share: Double) throws {
        let tracer = Tracer(share: share, seed: 1)
        for _ in 0..<100 {
            #expect(tracer.begin(under: Self.unsampled) == nil)
            let own = try #require(tracer.begin(under: Self.sampled))
            #expect(own.trace == Self.sampled.trace && own.span != Self.sampled.span && own.isSampled)
        }
    }

    @Test("keeps as many of the traces that begin here as it should", arguments: [0, 0.001, 0.1, 0.5, 1])
    func share(share: Double) {
        var source = Tracer(share: share, seed: 7).makeSource()
        let total = 100_000
        let kept = (0..<total).count { _ in source.begin(under: nil) != nil }
        let expected = share * Double(total)
        // Five standard deviations.
        #expect(abs(Double(kept) - expected) <= 5 * (expected * (1 - share)).squareRoot())
    }

    @Test("gives every span an id of its own, on every thread and in every process")
    func ids() {
        var ids: Set<SpanID> = []
        var traces: Set<TraceID> = []
        let tracers = [Tracer(share: 1, seed: 1), Tracer(share: 1, seed: 2)]
        var sources = tracers.flatMap { [$0.makeSource(), $0.makeSource()] }
        for index in sources.indices {
            for _ in 0..<10_000 {
                ids.insert(sources[index].next())
                if let begun = sources[index].begin(under: nil) { traces.insert(begun.trace) }
            }
        }
        #expect(ids.count == 40_000 && traces.count == 40_000)
        #expect(!ids.contains(SpanID(0)))
    }

    @Test("is asleep until there is a span, and says when there is a batch")
    func wakes() {
        let wakes = Mutexed<[Tracer.Wake]>([])
        let tracer = Tracer(share: 1, seed: 1, capacity: 8, batch: 3) { _, wake in wakes.change { $0.append(wake) } }
        tracer.take([span()])
        tracer.take([span()])
        #expect(wakes.value == [.some])
        tracer.take([span(), span()])
        #expect(wakes.value == [.some, .enough] && tracer.waiting == 4)
        #expect(tracer.nextBatch().count == 3 && tracer.nextBatch().count == 1 && tracer.nextBatch().isEmpty)
        tracer.take([span()])
        #expect(wakes.value == [.some, .enough, .some])
    }

    @Test("drops what it has no room for, keeps the older ones, and counts")
    func drops() {
        let tracer = Tracer(share: 1, seed: 1, capacity: 3, batch: 10)
        tracer.take([span("a"), span("b")])
        tracer.take([span("c"), span("d"), span("e")])
        #expect(tracer.dropped == 2 && tracer.nextBatch().map(\.name) == ["a", "b", "c"])
        tracer.take([span("f")])
        #expect(tracer.dropped == 2 && tracer.waiting == 1)
    }
}

@Suite("The trace of a request")
struct RequestTraceTests {
    private struct Refused: Error {}

    @Test("is that of who asked, unless a span of ours is recorded")
    func arrival() throws {
        let parent = TraceContext(trace: TraceID(high: 1, low: 2), span: SpanID(3), isSampled: true)
        let state = TraceState(lines: [Array("a=1".utf8)])
        let passed = try #require(RequestTrace(under: parent, state: state, tracer: nil))
        #expect(passed.context == parent && passed.state == state && passed.tracer == nil)
        let recorded = try #require(RequestTrace(under: parent, state: state, tracer: Tracer(share: 0, seed: 1)))
        #expect(recorded.context.span != parent.span && recorded.tracer != nil && recorded.state == state)
        let begun = try #require(RequestTrace(under: nil, state: state, tracer: Tracer(share: 1, seed: 1)))
        #expect(begun.state == nil, "it means nothing without a traceparent")
        #expect(RequestTrace(under: nil, state: nil, tracer: Tracer(share: 0, seed: 1)) == nil)
        #expect(RequestTrace(under: nil, state: nil, tracer: nil) == nil)
    }

    @Test("has spans within each other, with what came of the work")
    func children() async throws {
        let tracer = Tracer(share: 1, seed: 1)
        let trace = try #require(RequestTrace(under: nil, state: nil, tracer: tracer))
        await RequestTrace.$current.withValue(trace) {
            await #expect(throws: Refused.self) {
                try await RequestTrace.span(
                    "outer", .client, facts: { (result: Result<Int, Refused>) in ([.init(.answer, "no")], true) }
                ) { () async throws(Refused) in
                    _ = await RequestTrace.span("inner", .own) { 1 }
                    throw Refused()
                }
            }
        }
        let spans = tracer.nextBatch()
        #expect(spans.map(\.name) == ["inner", "outer"])
        #expect(spans[0].parent == spans[1].context.span && spans[1].parent == trace.context.span)
        #expect(spans.allSatisfy { $0.context.trace == trace.context.trace && $0.begin <= $0.end })
        #expect(spans[1].isFailure && !spans[0].isFailure && spans[1].facts == [.init(.answer, "no")])
        #expect(spans[0].begin >= spans[1].begin && spans[0].end <= spans[1].end)
    }

    @Test("costs nothing but the work where none is recorded")
    func none() async {
        #expect(await RequestTrace.span("x", .own) { RequestTrace.current == nil })
    }
}

@Suite("What goes on with a trace")
struct TraceStateTests {
    private func state(_ lines: String...) -> String? { TraceState(lines: lines.map { Array($0.utf8) })?.text }

    @Test("is every member of every line, in their order")
    func members() {
        #expect(state("a=1") == "a=1")
        #expect(state("a=1 , b=2", "\tc@d=x y") == "a=1,b=2,c@d=x y")
        #expect(state(",a=1,,") == "a=1")
    }

    @Test("is nothing where that could do harm")
    func refused() {
        #expect(state() == nil && state("") == nil && state("a") == nil)
        #expect(state("a=1\r\nX: y") == nil && state("a=\u{E9}") == nil)
        #expect(state("a=" + String(repeating: "x", count: 511)) == nil)
        #expect(state("a=" + String(repeating: "x", count: 510)) != nil)
        #expect(state((0..<33).map { "k\($0)=1" }.joined(separator: ",")) == nil)
    }
}
