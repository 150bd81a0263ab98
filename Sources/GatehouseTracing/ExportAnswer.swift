internal import GatehouseCore
internal import GatehouseFormats
internal import GatehouseOutbound

/// What became of a batch that was sent.
///
/// - Source: OTLP specification 1.9, "OTLP/HTTP Response" and "Failures".
enum ExportAnswer: Equatable {
    /// All but so many spans were taken.
    case taken(rejected: Int)
    /// It may be sent again, not before the given time if there is one.
    case later(reason: String, after: Duration?)
    /// It is not to be sent again.
    case refused(reason: String)

    init(_ result: Result<HTTPAnswer, OutboundError>, of count: Int) {
        switch result {
        case .failure(.libraryMissing): self = .refused(reason: OutboundError.libraryMissing.reason)
        case .failure(let error): self = .later(reason: error.reason, after: nil)
        case .success(let answer):
            switch answer.status {
            case 200..<300: self = .taken(rejected: min(ExportAnswer.rejected(answer.body), count))
            case 429, 502, 503, 504:
                self = .later(reason: "the collector answered with \(answer.status)", after: answer.retryAfter)
            default: self = .refused(reason: "the collector answered with \(answer.status)")
            }
        }
    }

    /// `{"partialSuccess": {"rejectedSpans": "3"}}`: in JSON, a 64-bit integer is a text.
    private static func rejected(_ body: [UInt8]) -> Int {
        guard let root = try? JSONValue(parsing: body),
            case .string(let text)? = root["partialSuccess"]?["rejectedSpans"]
        else { return 0 }
        return ASCII.decimal(text.bytes.span, limit: .max) ?? 0
    }
}
