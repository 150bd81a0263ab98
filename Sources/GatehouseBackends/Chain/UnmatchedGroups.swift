package import GatehouseCore
private import Synchronization

/// Notices names of a mapping that nobody's groups match: a typing error, most often, that costs people what they may do.
package final class UnmatchedGroups: Sendable {
    private let mapping: GroupMapping
    private let now: @Sendable () -> Timestamp
    private let report: @Sendable (GroupName) -> Void
    /// When each name that has never matched was reported last; at first when it became known.
    private let last: Mutex<[GroupName: Timestamp]>

    /// How long a name may match nobody before it is reported, and how long until it is again.
    private static let patience = Duration.seconds(86_400)

    /// - Parameters:
    ///   - mapping: whose names are looked at.
    ///   - now: the clock.
    ///   - report: is told of each name that matched nobody for a day, at most once a day.
    package init(
        _ mapping: GroupMapping, now: @escaping @Sendable () -> Timestamp,
        report: @escaping @Sendable (GroupName) -> Void
    ) {
        self.mapping = mapping
        self.now = now
        self.report = report
        let begin = now()
        last = Mutex(Dictionary(mapping.names.map { ($0, begin) }) { first, _ in first })
    }

    /// Takes note of the groups that somebody has.
    ///
    /// While nobody comes, nothing is reported.
    func note(_ groups: [GroupName]) {
        let matched = mapping.names(among: groups)
        let now = now()
        let overdue = last.withLock { last in
            // Who matched once is written right, however seldom people of that group come.
            for name in matched { last[name] = nil }
            let overdue = last.filter { now.since($0.value) >= UnmatchedGroups.patience }.map(\.key)
            for name in overdue { last[name] = now }
            return overdue
        }
        overdue.sorted().forEach(report)
    }
}
