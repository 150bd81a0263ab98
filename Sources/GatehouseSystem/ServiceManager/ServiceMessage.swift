/// What a process tells its service manager of itself (sd_notify(3)).
package enum ServiceMessage: Equatable, Sendable {
    /// It does its work: after the start, and after a reload.
    case ready
    /// How it fares, for people.
    case status(String)
    /// It reads or opens things anew; `ready` follows.
    case reloading(monotonicMicroseconds: UInt64)
    /// It ends, on its own accord or because it was told to.
    case stopping
    /// It is alive.
    case watchdog

    /// The datagram.
    package var text: String {
        switch self {
        case .ready: "READY=1"
        case .status(let words): "STATUS=\(ServiceMessage.line(words))"
        case .reloading(let moment): "RELOADING=1\nMONOTONIC_USEC=\(moment)"
        case .stopping: "STOPPING=1"
        case .watchdog: "WATCHDOG=1"
        }
    }

    /// One line, whatever the words are: the next one would be another message.
    private static func line(_ words: String) -> String {
        String(decoding: words.utf8.map { $0 < 0x20 || $0 == 0x7F ? 0x20 : $0 }, as: UTF8.self)
    }
}
