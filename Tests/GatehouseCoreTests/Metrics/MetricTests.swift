import GatehouseCore
import Testing

@Suite("Metrics")
struct MetricTests {
    @Test("are sums over everything that counts them, one for each set of labels")
    func sums() {
        let metric = Metric<[Int]>("a_total", .counter, "Says.", by: "b", ["c": { $0[0] }, "d": { $0[1] }])
        #expect(
            metric.family(of: [[1, 2], [10, 20]]).series == [
                MetricSeries(["b": "c"], .integer(11)), MetricSeries(["b": "d"], .integer(22)),
            ])
        #expect(metric.family(of: []).series.isEmpty)
        #expect(Metric<[Int]>("e", .gauge, "Too.") { $0.count }.family(of: [[1]]).series == [MetricSeries(.integer(1))])
    }

    @Test("with labels that differ from source to source keep each of them")
    func unlike() {
        let metric = Metric<String>("a_total", .counter, "Says.") { [MetricSeries(["b": $0], .integer(1))] }
        #expect(metric.family(of: ["x", "y", "x"]).series.map(\.value) == [.integer(2), .integer(1)])
    }

    @Test(
        "are called as OpenMetrics calls them, and say their unit in their name",
        arguments: [
            ("a_seconds_total", MetricKind.counter, "a_seconds", "seconds"), ("a_total", .counter, "a", nil),
            ("a_info", .info, "a", nil), ("a_bytes", .gauge, "a_bytes", "bytes"), ("a", .histogram, "a", nil),
            ("a_total", .gauge, "a_total", nil),
        ] as [(String, MetricKind, String, String?)])
    func names(text: String, kind: MetricKind, stem: String, unit: String?) {
        let name = MetricName(text, kind)
        #expect(name.stem == stem && name.unit == unit)
    }

    @Test("come from a registry in its order, without those that have nothing to say")
    func registry() async {
        var registry = MetricsRegistry()
        registry.add([Metric<Int>("a", .gauge, "One.") { $0 }, Metric<Int>("b", .gauge, "Two.") { $0 + 1 }]) { [1] }
        registry.add([Metric<Int>("c", .gauge, "Three.") { $0 }]) { [] }
        registry.add { [MetricFamily(MetricName("d", .gauge), help: "Four.", series: [MetricSeries(.real(0.5))])] }
        let families = await registry.families()
        #expect(families.map(\.name.text) == ["a", "b", "d"])
        #expect(families.flatMap(\.series).map(\.value) == [.integer(1), .integer(2), .real(0.5)])
    }
}

@Suite("Histograms")
struct HistogramTests {
    @Test("put each duration below the smallest limit that it does not exceed")
    func places() {
        let histogram = Histogram(.short)
        for nanoseconds in [0, 50_000, 50_001, 1_000_000_000, 1_000_000_001, -5] { histogram.record(nanoseconds) }
        histogram.recordOwn(70_000)
        let reading = histogram.reading
        #expect(reading.counts.count == reading.limits.count + 1)
        #expect(reading.counts.first == 3 && reading.counts[1] == 2 && reading.counts.last == 1)
        #expect(reading.counts[reading.limits.count - 1] == 1)
        #expect(reading.count == 7 && reading.nanoseconds == 2_000_170_002)
    }

    @Test("take any duration", arguments: [Duration.zero, .seconds(-1), .seconds(Int64.max), .milliseconds(3)])
    func durations(duration: Duration) {
        let histogram = Histogram(.long)
        histogram.record(duration)
        #expect(histogram.reading.count == 1)
        #expect(
            histogram.reading.nanoseconds
                == (duration == .milliseconds(3) ? 3_000_000 : duration > .seconds(1) ? 1_000_000_000_000_000_000 : 0))
    }

    @Test("of several threads lose nothing")
    func threads() async {
        let histogram = Histogram(.long)
        await withTaskGroup(of: Void.self) { group in
            for _ in 0..<4 { group.addTask { for step in 0..<1_000 { histogram.record(step * 1_000_000) } } }
        }
        #expect(histogram.reading.count == 4_000)
    }
}
