/// An end with a message: what is wrong, where, and what to do.
struct Failure: Error {
    let code: Int32
    let message: String

    /// The answer is no: exit 1.
    static func refused(_ message: String) -> Failure { Failure(code: ExitStatus.refused, message: message) }
    /// The command line or the configuration is wrong: exit 2.
    static func usage(_ message: String) -> Failure { Failure(code: ExitStatus.usage, message: message) }
    /// Something that had to be asked gave no answer: exit 3.
    static func unknown(_ message: String) -> Failure { Failure(code: ExitStatus.unknown, message: message) }
}

/// What a program ends with.
enum ExitStatus {
    static let done: Int32 = 0
    static let refused: Int32 = 1
    static let usage: Int32 = 2
    static let unknown: Int32 = 3
}
