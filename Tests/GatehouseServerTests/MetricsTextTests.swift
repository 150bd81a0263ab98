import GatehouseCore
import Testing

@testable import GatehouseServer

@Suite("The text of metrics")
struct MetricsTextTests {
    private static let histogram = HistogramReading(
        limits: [50_000, 1_000_000_000], counts: [2, 0, 1], nanoseconds: 3_500)

    private static let families = [
        MetricFamily(
            MetricName("a_total", .counter), help: "A \"line\"\nand a \\.",
            series: [MetricSeries(["b": "c\"\\\n"], .integer(11)), MetricSeries(.integer(3))]),
        MetricFamily(
            MetricName("d_seconds", .histogram), help: "Times.",
            series: [MetricSeries(["x": "y"], .histogram(histogram))]),
        MetricFamily(MetricName("e_info", .info), help: "What.", series: [MetricSeries(["v": "1"], .integer(1))]),
        MetricFamily(MetricName("f_bytes", .gauge), help: "Size.", series: [MetricSeries(.real(1.5))]),
    ]

    @Test("is Prometheus' own")
    func plain() {
        #expect(
            MetricsText.write(Self.families, as: .plain) == #"""
                # HELP a_total A "line"\nand a \\.
                # TYPE a_total counter
                a_total{b="c\"\\\n"} 11
                a_total 3
                # HELP d_seconds Times.
                # TYPE d_seconds histogram
                d_seconds_bucket{x="y",le="5e-05"} 2
                d_seconds_bucket{x="y",le="1.0"} 2
                d_seconds_bucket{x="y",le="+Inf"} 3
                d_seconds_sum{x="y"} 3.5e-06
                d_seconds_count{x="y"} 3
                # HELP e_info What.
                # TYPE e_info gauge
                e_info{v="1"} 1
                # HELP f_bytes Size.
                # TYPE f_bytes gauge
                f_bytes 1.5

                """#)
    }

    @Test("is OpenMetrics: families without the ends of their names, units, and an end")
    func openMetrics() {
        #expect(
            MetricsText.write(Self.families, as: .openMetrics) == #"""
                # HELP a A \"line\"\nand a \\.
                # TYPE a counter
                a_total{b="c\"\\\n"} 11
                a_total 3
                # HELP d_seconds Times.
                # TYPE d_seconds histogram
                # UNIT d_seconds seconds
                d_seconds_bucket{x="y",le="5e-05"} 2
                d_seconds_bucket{x="y",le="1.0"} 2
                d_seconds_bucket{x="y",le="+Inf"} 3
                d_seconds_sum{x="y"} 3.5e-06
                d_seconds_count{x="y"} 3
                # HELP e What.
                # TYPE e info
                e_info{v="1"} 1
                # HELP f_bytes Size.
                # TYPE f_bytes gauge
                # UNIT f_bytes bytes
                f_bytes 1.5
                # EOF

                """#)
    }

    @Test("has numbers as Go reads them")
    func numbers() {
        #expect(
            [0.0001, 10, .infinity, -.infinity, .nan, 1.7e9].map(MetricsText.number) == [
                "0.0001", "10.0", "+Inf", "-Inf", "NaN", "1700000000.0",
            ])
    }

    @Test(
        "is in the format that whoever asks likes better",
        arguments: [
            (nil, .plain), ("", .plain), ("*/*", .plain), ("text/html", .plain),
            ("application/openmetrics-text", .openMetrics), ("application/openmetrics-text;q=0", .plain),
            // Prometheus 2.42 and 3.0.
            (
                "application/openmetrics-text;version=1.0.0,application/openmetrics-text;version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
                .openMetrics
            ),
            (
                "application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,text/plain;version=0.0.4;q=0.3,*/*;q=0.2",
                .openMetrics
            ),
            ("text/plain, application/openmetrics-text; version=1.0.0; q=0.9", .plain),
            ("Application/OpenMetrics-Text; Version=1.0.0 ; q=1.0 , text/plain", .openMetrics),
            ("application/openmetrics-text;version=2.0.0,text/plain;q=0.1", .plain),
            ("application/openmetrics-text;q=x", .openMetrics), (",;,;q=,=", .plain),
        ] as [(String?, MetricsFormat)])
    func accept(text: String?, format: MetricsFormat) { #expect(MetricsFormat(accept: text) == format) }
}
