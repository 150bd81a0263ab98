import GatehouseCore
import GatehouseTestSupport
import NIOCore
import Testing

@testable import GatehouseServer

@Suite("What is counted of checks")
struct CheckMetricsTests {
    private let fixture: CheckFixture

    init() throws { fixture = try CheckFixture() }

    private func families() -> [String: MetricFamily] {
        var families: [String: MetricFamily] = [:]
        for metric in CheckMetrics.exported { families[metric.name.text] = metric.family(of: [fixture.metrics]) }
        return families
    }

    private func count(_ application: String, _ contract: String, _ outcome: String) -> Int? {
        let labels: MetricLabels = ["application": application, "contract": contract, "outcome": outcome]
        let series = families()["gatehouse_checks_total"]?.series.first { $0.labels == labels }
        guard case .integer(let count)? = series?.value else { return nil }
        return count
    }

    private func measured(_ name: String) -> Int {
        (families()[name]?.series ?? []).reduce(0) { sum, series in
            guard case .histogram(let reading) = series.value else { return sum }
            return sum + reading.count
        }
    }

    @Test("have names of their own, counters end as counters do, and all of them say something")
    func names() throws {
        _ = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        let metrics = CheckMetrics.exported
        #expect(Set(metrics.map(\.name.text)).count == metrics.count)
        #expect(metrics.allSatisfy { $0.name.text.hasSuffix("_total") == ($0.name.kind == .counter) })
        #expect(families().values.allSatisfy { !$0.series.isEmpty })
    }

    @Test("is told apart by outcome, application and contract, and what is nobody's is one value")
    func labels() async throws {
        let cookie = try await fixture.signIn()
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        func ask(_ text: String) throws { _ = try engine.response(to: Array(text.utf8)) }
        for _ in 0..<3 { try ask(Wire.forward("/x", cookie: cookie)) }
        try ask(Wire.request("https://app.example.com/x", cookie: cookie))
        try ask(Wire.forward("/x"))
        try ask(Wire.forward("/closed/x", cookie: cookie))
        for host in ["other.example", "another.example"] { try ask(Wire.forward("/x", host: host)) }
        try ask("GET /none HTTP/1.1\r\nHost: g\r\n\r\n")
        fixture.records.change { $0.isAvailable = false }
        try ask(Wire.forward("/x", host: "api.example.com", cookie: cookie))
        #expect(count("app", "/auth/forward", "allow") == 3)
        #expect(count("app", "/auth/request", "allow") == 1)
        #expect(count("app", "/auth/forward", "challenge") == 1)
        #expect(count("app", "/auth/forward", "deny") == 1)
        // The first of them is a rise: there was a zero before.
        #expect(count("app", "/auth/forward", "unavailable") == 0)
        #expect(count("api", "/auth/forward", "unavailable") == 1)
        #expect(count("-", "/auth/forward", "deny") == 2)
        #expect(count("-", "-", "refused") == 1)
        #expect(count("wiki", "/auth/forward", "allow") == nil)
        #expect(measured("gatehouse_check_duration_seconds") == 9)
        // The first look at a session takes two round trips.
        #expect(measured("gatehouse_check_store_duration_seconds") == 7)
        #expect(fixture.metrics.storeFailures.current == 1 && fixture.metrics.checks == 10)
    }

    @Test("goes on under other applications, and a check that began before them counts for its own")
    func generations() async throws {
        let cookie = try await fixture.signIn()
        let reader = HeldReader(fixture.records)
        let engine = try fixture.makeEngine(reader)
        let open = Application(
            name: "open", hosts: [try #require(ApplicationHost("app.example.com"))],
            rules: [Rule(verdict: .allow([.signedIn]))])
        let next = Generation(
            policy: Policy(applications: [open]), headers: [.remote], secrets: fixture.secrets,
            cookies: CheckFixture.cookies, proxies: fixture.generation.proxies, login: fixture.generation.login)
        try engine.start(Wire.forward("/x", cookie: cookie))
        engine.use(next)
        reader.release()
        try engine.start(Wire.forward("/x", cookie: cookie))
        reader.release()
        engine.use(fixture.generation)
        try engine.start(Wire.forward("/x", cookie: cookie))
        reader.release()
        #expect(count("app", "/auth/forward", "allow") == 2)
        #expect(count("open", "/auth/forward", "allow") == 1)
        #expect(measured("gatehouse_check_duration_seconds") == 3)
    }

    @Test("says when a record did not open")
    func unreadable() async throws {
        let cookie = try await fixture.signIn()
        fixture.records.change { state in
            for key in state.records.keys { state.records[key] = [1, 2, 3] }
        }
        let engine = try fixture.makeEngine(FakeReader(fixture.records, on: nil))
        #expect(fixture.metrics.unreadableRecords.lastTime == nil)
        _ = try engine.response(to: Array(Wire.forward("/x", cookie: cookie).utf8))
        #expect(fixture.metrics.unreadableRecords.count == 1)
        #expect(fixture.metrics.unreadableRecords.lastTime == fixture.clock.now)
    }
}
