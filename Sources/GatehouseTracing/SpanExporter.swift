package import GatehouseCore
package import GatehouseOutbound

/// Takes the spans of the daemon and has them sent to a collector: by OTLP over HTTP, in batches, on a thread of its own, so that
/// nobody who hands one over waits.
package struct SpanExporter: Sendable {
    package let tracer: Tracer
    private let sender: SpanSender

    /// - Parameters:
    ///   - collector: where spans go.
    ///   - share: how many of the traces that begin here are kept, from 0 to 1.
    ///   - seed: a random number.
    ///   - report: hears on the sender's thread when sending begins to fail, and when it works again.
    ///   - send: posts; by default through libcurl.
    package init(
        _ collector: Collector, share: Double, seed: UInt64, report: @escaping @Sendable (Report) -> Void,
        send: @escaping @Sendable (HTTPPost) -> Result<HTTPAnswer, OutboundError> = SpanExporter.post
    ) {
        let sender = SpanSender(collector, report: report, send: send)
        self.sender = sender
        tracer = Tracer(share: share, seed: seed) { tracer, wake in sender.heard(wake, of: tracer) }
    }

    /// What an operator is told, once each time it changes.
    package enum Report: Equatable, Sendable {
        case failing(reason: String)
        case works
    }

    /// Posts through libcurl.
    package static let post: @Sendable (HTTPPost) -> Result<HTTPAnswer, OutboundError> = { request in
        do throws(OutboundError) { return .success(try Outbound.post(request)) } catch { return .failure(error) }
    }

    /// What became of spans.
    var tally: ExportQueue.Tally { sender.tally }

    /// How many wait, those that are on their way included.
    package var waiting: Int { tracer.waiting + sender.underWay }

    /// Sends what waits, but takes no longer than the given time: the program ends.
    ///
    /// - Returns: how many spans were not sent.
    package func finish(within limit: Duration) async -> Int {
        let deadline = ContinuousClock.now + limit
        sender.hurry(tracer, until: deadline)
        while waiting > 0 || sender.isBusy, ContinuousClock.now < deadline {
            try? await Task.sleep(for: .milliseconds(5))
        }
        return waiting
    }
}

extension SpanExporter {
    /// What is exported.
    package static let exported: [Metric<SpanExporter>] = [
        Metric(
            "gatehouse_trace_spans_total", .counter, "Spans of traces, by what became of them.", by: "outcome",
            [
                "exported": { $0.tally.exported }, "dropped": { $0.tracer.dropped },
                "rejected": { $0.tally.rejected }, "lost": { $0.tally.lost },
            ]),
        Metric("gatehouse_trace_spans_waiting", .gauge, "Spans that the collector was not given yet.") { $0.waiting },
        Metric(
            "gatehouse_trace_export_failures_total", .counter, "Requests to the collector that brought nothing."
        ) { $0.tally.failures },
    ]
}
