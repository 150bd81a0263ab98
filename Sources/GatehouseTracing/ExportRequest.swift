internal import GatehouseCore
internal import GatehouseFormats

/// Spans as OTLP says them in JSON.
///
/// - Source: OTLP specification 1.9, "JSON Protobuf Encoding": ids are hexadecimal, 64-bit integers are texts, enumerations are
///   numbers.
struct ExportRequest {
    /// The whole body.
    let octets: [UInt8]

    /// - Parameters:
    ///   - spans: at least one.
    ///   - resource: who they are of.
    ///   - now: this moment by the clock of the spans and in nanoseconds since 1970.
    init(_ spans: [TraceSpan], of resource: Collector.Resource, now: (instant: ContinuousClock.Instant, unix: Int64)) {
        func time(_ instant: ContinuousClock.Instant) -> JSON {
            .string("\(now.unix &- (now.instant - instant).wholeNanoseconds)")
        }
        let resource = JSON.object([
            (
                "attributes",
                .array([
                    ExportRequest.attribute("service.name", .text(resource.name)),
                    ExportRequest.attribute("service.version", .text(resource.version)),
                    ExportRequest.attribute("service.instance.id", .text(resource.instance)),
                ])
            )
        ])
        let scope = JSON.object([("name", .string("gatehouse"))])
        let scopeSpans = JSON.object([
            ("scope", scope), ("spans", .array(spans.map { ExportRequest.span($0, time) })),
        ])
        let resourceSpans = JSON.object([("resource", resource), ("scopeSpans", .array([scopeSpans]))])
        octets = JSON.object([("resourceSpans", .array([resourceSpans]))]).octets
    }

    private static func span(_ span: TraceSpan, _ time: (ContinuousClock.Instant) -> JSON) -> JSON {
        var members: [(key: String, value: JSON)] = [
            ("traceId", .string("\(span.context.trace)")), ("spanId", .string("\(span.context.span)")),
        ]
        if let parent = span.parent { members.append(("parentSpanId", .string("\(parent)"))) }
        members += [
            ("flags", .number(1)), ("name", .string(span.name)), ("kind", .number(span.kind.rawValue)),
            ("startTimeUnixNano", time(span.begin)), ("endTimeUnixNano", time(span.end)),
            ("attributes", .array(span.facts.map { attribute($0.attribute.rawValue, $0.value) })),
        ]
        // 2 stands for an error; whoever knows more may say that all went well, we do not.
        if span.isFailure { members.append(("status", .object([("code", .number(2))]))) }
        return .object(members)
    }

    private static func attribute(_ name: String, _ value: TraceSpan.Fact.Value) -> JSON {
        let value: (key: String, value: JSON) =
            switch value {
            case .text(let text): ("stringValue", .string(text))
            case .number(let number): ("intValue", .string("\(number)"))
            }
        return .object([("key", .string(name)), ("value", .object([value]))])
    }
}

extension Duration {
    /// What is beyond 292 years is cut.
    fileprivate var wholeNanoseconds: Int64 {
        let (seconds, overflow) = components.seconds.multipliedReportingOverflow(by: 1_000_000_000)
        guard !overflow else { return components.seconds < 0 ? .min : .max }
        return seconds &+ components.attoseconds / 1_000_000_000
    }
}
