import Logging
import Synchronization

/// Keeps what is logged, for a test to read.
final class LogRecord: Sendable {
    private let entries = Mutex<[String]>([])

    var lines: [String] { entries.withLock { $0 } }
    var text: String { lines.joined(separator: "\n") }

    /// Whether an event was logged.
    func contains(event: String) -> Bool { lines.contains { $0.contains("event=\(event) ") } }

    var handler: any LogHandler { Handler(record: self) }

    private struct Handler: LogHandler {
        let record: LogRecord
        var metadata: Logger.Metadata = [:]
        var logLevel = Logger.Level.trace

        subscript(metadataKey key: String) -> Logger.Metadata.Value? {
            get { metadata[key] }
            set { metadata[key] = newValue }
        }

        func log(event: LogEvent) {
            let all = (event.metadata ?? [:]).map { "\($0.key)=\($0.value) " }.sorted().joined()
            record.entries.withLock { $0.append("\(event.level) \(event.message) \(all)") }
        }
    }
}
