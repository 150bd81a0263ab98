import GatehouseCore
import GatehouseTestSupport
import HTTPTypes
import Logging
import Testing

@testable import GatehousePortal

@Suite("The span of a page")
struct PortalSpanTests {
    private static let trace = "0af7651916cd43dd8448eb211c80319c"
    private static let sampled = ("traceparent", "00-\(trace)-b7ad6b7169203331-01")
    private let tracer = Tracer(share: 1, seed: 1)

    private func fixture(_ tracer: Tracer?) throws -> PortalFixture {
        var fixture = try PortalFixture(.path)
        let clock = fixture.clock
        fixture.portal = Portal(
            settings: fixture.settings, services: fixture.services, clock: { clock.now }, metrics: PortalMetrics(),
            logger: Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }, tracer: tracer)
        return fixture
    }

    private func facts(_ span: TraceSpan) -> [SpanAttribute: TraceSpan.Fact.Value] {
        Dictionary(uniqueKeysWithValues: span.facts.map { ($0.attribute, $0.value) })
    }

    @Test("says what was asked for and what was answered, and no more")
    func page() async throws {
        let fixture = try fixture(tracer)
        _ = try await fixture.send(path: "/login?return=https://app.example.com/secret", [Self.sampled])
        let span = try #require(tracer.nextBatch().first)
        #expect(span.name == "GET /_gatehouse/login" && span.kind == .server && !span.isFailure)
        #expect("\(span.context.trace)" == Self.trace && span.parent.map { "\($0)" } == "b7ad6b7169203331")
        #expect(
            facts(span) == [
                .method: .text("GET"), .route: .text("/_gatehouse/login"), .path: .text("/_gatehouse/login"),
                .scheme: .text("https"), .status: .number(200),
            ])
    }

    @Test("calls an unknown place and an unusual method nothing")
    func unknown() async throws {
        let fixture = try fixture(tracer)
        _ = try await fixture.send(.put, path: "/users/alice", [Self.sampled])
        let span = try #require(tracer.nextBatch().first)
        #expect(span.name == "HTTP" && facts(span)[.method] == .text("_OTHER") && facts(span)[.path] == nil)
        #expect(facts(span)[.status] == .number(404) && !"\(span)".contains("alice"))
    }

    @Test("begins a trace where there is none")
    func begins() async throws {
        _ = try await fixture(tracer).send(path: "/login")
        let span = try #require(tracer.nextBatch().first)
        #expect(span.parent == nil && span.context.isSampled)
    }

    @Test("is none for a stranger's traceparent, for one that is not kept, and where nothing is traced")
    func none() async throws {
        let quiet = Tracer(share: 0, seed: 1)
        let peer = try #require(IPAddress("192.0.2.1"))
        _ = try await fixture(quiet).send(path: "/login", [Self.sampled], peer: peer)
        _ = try await fixture(tracer).send(path: "/login", [("traceparent", "00-\(Self.trace)-b7ad6b7169203331-00")])
        _ = try await fixture(nil).send(path: "/login", [Self.sampled])
        #expect(quiet.waiting == 0 && tracer.waiting == 0)
    }
}
