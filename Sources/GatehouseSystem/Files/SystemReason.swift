private import Glibc

/// The system's words for what went wrong.
package enum SystemReason {
    /// For the last error of this thread (`errno`).
    package static func text() -> String { text(of: errno) }

    package static func text(of code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
