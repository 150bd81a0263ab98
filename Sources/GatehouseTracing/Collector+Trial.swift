internal import GatehouseFormats

extension Collector {
    /// Sends a batch without a span, which a collector takes like any other.
    ///
    /// It blocks the calling thread for up to the given time.
    ///
    /// - Returns: why spans would not be taken; `nil` if they would.
    package func refusal(within limit: Duration) -> String? {
        let nothing = JSON.object([("resourceSpans", .array([]))]).octets
        return switch ExportAnswer(SpanExporter.post(post(nothing, within: limit)), of: 0) {
        case .taken: nil
        case .later(let reason, _), .refused(let reason): reason
        }
    }
}
