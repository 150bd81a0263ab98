internal import GatehouseConfig
internal import GatehouseCrypto
internal import GatehouseSystem

/// Everything that the daemon will need, tried before it does.
///
/// Nothing is left behind: keys in Redis are removed, statements are taken back, sockets are closed.
struct PartTrials {
    /// One question, and who answers it.
    struct Trial: Sendable {
        let part: String
        /// How long it is waited for.
        let limit: Duration
        let run: @Sendable () async -> [PartReport]

        init(
            _ part: String, within limit: Duration = PartTrials.limit,
            _ run: @escaping @Sendable () async -> [PartReport]
        ) {
            self.part = part
            self.limit = limit
            self.run = run
        }
    }

    private let trials: [Trial]

    /// The longest that anybody waits for one of them; all are tried at once.
    ///
    /// A server that is asked has a moment more, so that its own limit comes first, which says more.
    static let limit = Duration.seconds(5)

    /// - Parameters:
    ///   - configuration: what names the parts.
    ///   - isOnline: whether servers are asked that the configuration names besides its own stores.
    init(_ configuration: Configuration, isOnline: Bool) {
        trials =
            [.keys(configuration), .sessionStore(configuration), .people(configuration)]
            + Trial.files(configuration) + Trial.backends(configuration, isOnline: isOnline)
            + Trial.providers(configuration, isOnline: isOnline) + Trial.mail(configuration, isOnline: isOnline)
            + Trial.tracing(configuration, isOnline: isOnline) + [.listeners(configuration)]
    }

    /// Tries all of them at once.
    ///
    /// - Returns: what became of each, in the order of the parts.
    func run() async -> [PartReport] {
        await withTaskGroup(of: (Int, [PartReport]).self) { group in
            for (index, trial) in trials.enumerated() {
                group.addTask {
                    let late = PartReport(
                        trial.part, .fails("gave no answer within \(trial.limit.components.seconds) s"))
                    return (index, await within(trial.limit, else: [late], trial.run))
                }
            }
            var reports: [Int: [PartReport]] = [:]
            for await (index, report) in group { reports[index] = report }
            return trials.indices.flatMap { reports[$0] ?? [] }
        }
    }
}
