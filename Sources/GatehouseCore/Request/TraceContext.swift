/// Where a request belongs in somebody's trace: what its `traceparent` says.
///
/// - Source: W3C Trace Context, level 1, section 3.2.
package struct TraceContext: Equatable, Sendable {
    /// 32 lower-case hexadecimal digits.
    package let traceID: String
    /// Whether whoever began the trace keeps it.
    package let isSampled: Bool

    /// That of the request which is being answered; `nil` outside of one, and for one without.
    @TaskLocal package static var current: TraceContext?

    /// Takes the value of a `traceparent` line; `nil` for one that is malformed, which starts no trace.
    package init?(parsing value: Span<UInt8>) {
        // Version, trace, span and flags; later versions may have more behind another dash.
        guard value.count >= 55, TraceContext.dashes.allSatisfy({ value[$0] == UInt8(ascii: "-") }) else { return nil }
        for index in 0..<55 where !TraceContext.dashes.contains(index) {
            guard ASCII.isDigit(value[index]) || value[index] &- UInt8(ascii: "a") < 6 else { return nil }
        }
        let isFirstVersion = value[0] == UInt8(ascii: "0") && value[1] == UInt8(ascii: "0")
        let isNoVersion = value[0] == UInt8(ascii: "f") && value[1] == UInt8(ascii: "f")
        guard !isNoVersion, value.count == 55 || !isFirstVersion && value[55] == UInt8(ascii: "-") else { return nil }
        let trace = value.extracting(3..<35).array
        guard trace.contains(where: { $0 != UInt8(ascii: "0") }),
            (36..<52).contains(where: { value[$0] != UInt8(ascii: "0") }), let flags = ASCII.hexValue(value[54])
        else { return nil }
        traceID = String(decoding: trace, as: UTF8.self)
        isSampled = flags & 1 == 1
    }

    /// Where the parts are told apart.
    private static let dashes = [2, 35, 52]

    /// The value of `traceparent` for a request that is made on behalf of this one.
    ///
    /// - Parameter span: 8 random octets, by which that request is told from others.
    /// - Returns: the line's value, of version 00.
    package func header(span: [UInt8]) -> String {
        "00-\(traceID)-\(Hexadecimal.text(span))-\(isSampled ? "01" : "00")"
    }
}
