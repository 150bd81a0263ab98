internal import Synchronization

/// How often each event happened since the start, and the metrics that follow from that.
package final class EventCounts: Sendable {
    private struct Row {
        let labels: MetricLabels
        var count = 0
    }

    /// The rows of each metric, in the order of `EventMetric.all`; a few for each, so that they are searched one by one.
    private let rows: Mutex<[[Row]]>

    /// - Parameters:
    ///   - backends: the names of the configuration's backends.
    ///   - providers: those of its providers of third-party sign-in.
    package init(backends: [String] = [], providers: [String] = []) {
        let names = LabelNames(backends: backends, providers: providers)
        rows = Mutex(EventMetric.all.map { metric in metric.known(names).map { Row(labels: $0) } })
    }

    /// Counts an event; costs a few comparisons, and no disk.
    package func note(_ event: Event) {
        let shares = EventMetric.all.map { $0.share(event) }
        rows.withLock { rows in
            for (index, share) in shares.enumerated() {
                guard let share, rows.indices.contains(index) else { continue }
                if let place = rows[index].firstIndex(where: { $0.labels == share.labels }) {
                    rows[index][place].count &+= share.count
                } else {
                    rows[index].append(Row(labels: share.labels, count: share.count))
                }
            }
        }
    }

    /// How often an event happened.
    package subscript(_ name: EventName) -> Int {
        let family = families.first { $0.name.text == "gatehouse_events_total" }
        let series = family?.series.first { $0.labels == [EventField.event.rawValue: name.rawValue] }
        guard case .integer(let count)? = series?.value else { return 0 }
        return count
    }

    /// The metrics as they are now.
    package var families: [MetricFamily] {
        let rows = rows.withLock(\.self)
        return zip(EventMetric.all, rows).map { metric, rows in
            MetricFamily(
                metric.name, help: metric.help, series: rows.map { MetricSeries($0.labels, .integer($0.count)) })
        }
    }
}
