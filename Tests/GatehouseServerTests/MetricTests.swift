import GatehouseCore
import GatehouseServer
import Testing

@Suite("Metrics")
struct MetricTests {
    @Test("are sums over everything that counts them, one for each set of labels")
    func sums() {
        let metric = Metric<[Int]>("a_total", .counter, "Says.", ["b=\"c\"": { $0[0] }, "b=\"d\"": { $0[1] }])
        var text = MetricsText()
        text.add(metric, of: [[1, 2], [10, 20]])
        text.add(Metric("e", .gauge, "Too.") { $0.count }, of: [[1]])
        #expect(
            text.text == """
                # HELP a_total Says.
                # TYPE a_total counter
                a_total{b="c"} 11
                a_total{b="d"} 22
                # HELP e Too.
                # TYPE e gauge
                e 1

                """)
    }

    @Test("of checks have names of their own, and counters end as counters do")
    func names() {
        let metrics = CheckMetrics.exported
        #expect(Set(metrics.map(\.name)).count == metrics.count)
        #expect(metrics.allSatisfy { $0.name.hasSuffix("_total") == ($0.kind == .counter) })
    }
}
