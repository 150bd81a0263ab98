/// An end with a message: what is wrong, where, and what to do.
package struct Failure: Error {
    /// What the program ends with: one of `ExitStatus`.
    package let code: Int32
    /// For standard error; no line break at its end.
    package let message: String

    package init(code: Int32, message: String) {
        self.code = code
        self.message = message
    }

    /// The answer is no: exit 1.
    package static func refused(_ message: String) -> Failure { Failure(code: ExitStatus.refused, message: message) }
    /// The command line or the configuration is wrong: exit 2.
    package static func usage(_ message: String) -> Failure { Failure(code: ExitStatus.usage, message: message) }
    /// Something that had to be asked gave no answer: exit 3.
    package static func unknown(_ message: String) -> Failure { Failure(code: ExitStatus.unknown, message: message) }
}

/// What a program ends with.
package enum ExitStatus {
    package static let done: Int32 = 0
    package static let refused: Int32 = 1
    package static let usage: Int32 = 2
    package static let unknown: Int32 = 3
}
