/// What one request is called on its page and in its lines of the log: short enough to be read out over the telephone.
///
/// It protects nothing, and two of them in a billion may be alike.
struct RequestID: Hashable, Sendable, CustomStringConvertible {
    /// Ten hexadecimal digits in two groups: `3f2a9-c01d7`.
    let description: String

    init() {
        let digits = (0..<10).map { _ in String(UInt8.random(in: 0..<16), radix: 16) }
        description = digits[..<5].joined() + "-" + digits[5...].joined()
    }
}
