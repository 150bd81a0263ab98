/// A file of passwords that rules need cannot be used: an error of the configuration or of the command line.
package enum PasswordsError: Error, Equatable, CustomStringConvertible {
    /// The file cannot be opened, read or written; the reason is the system's.
    case file(path: String, reason: String)
    /// The file is something else, was cut short or damaged.
    case malformed(path: String, reason: String)
    /// A line, counted from 1, is not what the file should have; it is not shown, it may be a password.
    case line(path: String, number: Int, reason: String)
    /// OpenSSL refused to hash.
    case crypto

    package var description: String { message }

    /// For the operator.
    package var message: String {
        switch self {
        case .file(let path, let reason), .malformed(let path, let reason): "\(path): \(reason)"
        case .line(let path, let number, let reason): "\(path):\(number): \(reason)"
        case .crypto: "OpenSSL refused to hash"
        }
    }
}
