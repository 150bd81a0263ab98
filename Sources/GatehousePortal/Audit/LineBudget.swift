internal import GatehouseCore
internal import Synchronization

/// Keeps lines that anybody can cause from filling the log: so many of a topic in a second, and the rest is counted.
final class LineBudget: Sendable {
    private struct Window {
        var begin: Timestamp
        var written = 0
        var leftOut = 0
    }

    /// By topic; topics are the program's own words, so there are few.
    private let windows = Mutex<[String: Window]>([:])

    /// Whether another line may be written.
    ///
    /// - Returns: how many of the topic were left out since the line before; `nil` if this one is, too.
    func take(_ topic: String, limit: Int = 1, now: Timestamp) -> Int? {
        windows.withLock { windows in
            var window = windows[topic] ?? Window(begin: now)
            defer { windows[topic] = window }
            // A clock that was set back begins anew as well.
            let isOver = now < window.begin || now.since(window.begin) >= .seconds(1)
            if isOver {
                window.begin = now
                window.written = 0
            }
            guard window.written < limit else {
                window.leftOut += 1
                return nil
            }
            window.written += 1
            defer { window.leftOut = 0 }
            return window.leftOut
        }
    }
}
