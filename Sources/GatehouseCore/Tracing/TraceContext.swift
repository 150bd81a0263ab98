/// Where something belongs in a trace: what a `traceparent` says of somebody else's span, and what we say of ours.
///
/// It holds nothing that has to be counted or freed: every check carries one.
///
/// - Source: W3C Trace Context, level 1, section 3.2.
package struct TraceContext: Equatable, Sendable {
    package let trace: TraceID
    /// The span that whatever comes next hangs on.
    package let span: SpanID
    /// Whether whoever began the trace keeps it.
    package let isSampled: Bool

    package init(trace: TraceID, span: SpanID, isSampled: Bool) {
        self.trace = trace
        self.span = span
        self.isSampled = isSampled
    }

    /// Takes the value of a `traceparent` line; `nil` for one that is malformed, which starts no trace.
    package init?(parsing value: Span<UInt8>) {
        // Version, trace, span and flags; later versions may have more behind another dash.
        guard value.count >= 55, value[2] == TraceContext.dash, value[35] == TraceContext.dash,
            value[52] == TraceContext.dash, let version = TraceContext.number(value, 0..<2), version != 0xFF,
            value.count == 55 || version != 0 && value[55] == TraceContext.dash,
            let high = TraceContext.number(value, 3..<19), let low = TraceContext.number(value, 19..<35),
            let span = TraceContext.number(value, 36..<52), let flags = TraceContext.number(value, 53..<55),
            high | low != 0, span != 0
        else { return nil }
        self.init(trace: TraceID(high: high, low: low), span: SpanID(span), isSampled: flags & 1 == 1)
    }

    private static var dash: UInt8 { UInt8(ascii: "-") }

    /// What lower-case digits spell; `nil` where one is none.
    private static func number(_ text: Span<UInt8>, _ range: Range<Int>) -> UInt64? {
        var number: UInt64 = 0
        for index in range {
            guard ASCII.isDigit(text[index]) || text[index] &- UInt8(ascii: "a") < 6,
                let digit = ASCII.hexValue(text[index])
            else { return nil }
            number = number << 4 | UInt64(digit)
        }
        return number
    }

    /// The value of `traceparent`, of version 00, for a request that is made on behalf of this span.
    package var header: String { "00-\(trace)-\(span)-\(isSampled ? "01" : "00")" }

    /// The same trace with another span.
    package func with(_ span: SpanID) -> TraceContext {
        TraceContext(trace: trace, span: span, isSampled: isSampled)
    }
}

/// What all spans of a trace have in common: 16 octets, not all of them zero.
package struct TraceID: Hashable, Sendable, CustomStringConvertible {
    package let high: UInt64
    package let low: UInt64

    package init(high: UInt64, low: UInt64) {
        self.high = high
        self.low = low
    }

    /// 32 lower-case hexadecimal digits.
    package var description: String { Hexadecimal.text(high, width: 16) + Hexadecimal.text(low, width: 16) }
}

/// What a span is called: 8 octets, not all of them zero.
package struct SpanID: Hashable, Sendable, CustomStringConvertible {
    package let value: UInt64

    package init(_ value: UInt64) { self.value = value }

    /// 16 lower-case hexadecimal digits.
    package var description: String { Hexadecimal.text(value, width: 16) }
}
