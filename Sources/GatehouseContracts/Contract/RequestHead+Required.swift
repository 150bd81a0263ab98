internal import GatehouseCore

extension RequestHead {
    /// Reads a header that the contract requires exactly once.
    func required<Result>(
        _ field: Field, in bytes: Span<UInt8>, _ body: (Span<UInt8>) throws(Refused) -> Result
    ) throws(Refused) -> Result {
        switch count(of: field) {
        case 0: throw Refused(.missing(field))
        case 1: break
        default: throw Refused(.repeated(field))
        }
        let result = withValue(of: field, in: bytes) { value -> Swift.Result<Result, Refused> in
            guard !value.isEmpty else { return .failure(Refused(.missing(field))) }
            do throws(Refused) { return .success(try body(value)) } catch { return .failure(error) }
        }
        guard let result else { throw Refused(.missing(field)) }
        return try result.get()
    }
}
