package import GatehouseCore
package import Logging

/// A log whose events are counted before anything decides whether they become lines.
package struct CountedLog: LogHandler, EventHearing {
    private var behind: any LogHandler
    private let counts: EventCounts

    package init(_ behind: any LogHandler, counts: EventCounts) {
        self.behind = behind
        self.counts = counts
    }

    package func hear(_ event: Event) { counts.note(event) }

    package func log(event: LogEvent) { behind.log(event: event) }

    package var logLevel: Logger.Level {
        get { behind.logLevel }
        set { behind.logLevel = newValue }
    }

    package var metadata: Logger.Metadata {
        get { behind.metadata }
        set { behind.metadata = newValue }
    }

    package var metadataProvider: Logger.MetadataProvider? {
        get { behind.metadataProvider }
        set { behind.metadataProvider = newValue }
    }

    package subscript(metadataKey key: String) -> Logger.Metadata.Value? {
        get { behind[metadataKey: key] }
        set { behind[metadataKey: key] = newValue }
    }
}

/// A log that is told of events as such, whatever its level.
protocol EventHearing {
    func hear(_ event: Event)
}
