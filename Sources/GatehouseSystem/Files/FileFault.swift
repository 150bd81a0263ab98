/// Why a file cannot be read.
package enum FileFault: Error, Equatable, CustomStringConvertible {
    /// The system says no (`errno`).
    case system(Int32)
    /// No path has a zero octet in it: another file would be opened.
    case zeroOctet
    case notRegular
    case tooLong(limit: Int)

    /// In words for the operator, without the path.
    package var description: String {
        switch self {
        case .system(let code): SystemReason.text(of: code)
        case .zeroOctet: "the path has a zero octet in it"
        case .notRegular: "is not a regular file"
        case .tooLong(let limit): "has more than \(limit) octets"
        }
    }
}
