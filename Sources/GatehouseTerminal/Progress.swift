private import Glibc

/// How far long work is, on a terminal's standard error; silent elsewhere and for short work.
package struct Progress {
    private let title: String
    private let total: Int
    private var done = 0
    private var shown = ContinuousClock.now
    private var isShown = false

    /// Work of so many steps; 0 for an unknown number.
    package init(_ title: String, of total: Int) {
        self.title = title
        self.total = total
    }

    /// Counts a step; shows it at most ten times a second.
    package mutating func advance(by step: Int = 1) {
        done += step
        guard isatty(STDERR_FILENO) == 1, ContinuousClock.now - shown > .milliseconds(100) else { return }
        shown = .now
        isShown = true
        Progress.show("\r\(title): \(done)\(total > 0 ? " of \(total) (\(done * 100 / max(total, 1)) %)" : "")")
    }

    /// Clears the line.
    package func end() {
        if isShown { Progress.show("\r\u{1B}[K") }
    }

    private static func show(_ text: String) {
        let bytes = Array(text.utf8)
        _ = unsafe bytes.withUnsafeBytes { unsafe write(STDERR_FILENO, $0.baseAddress, $0.count) }
    }
}
