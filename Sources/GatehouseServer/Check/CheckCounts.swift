internal import GatehouseContracts
internal import GatehouseCore
internal import Synchronization

/// The checks of one event loop under one policy, by application, contract and outcome.
///
/// Everything has its place from the start, so that a check finds it by two numbers and nothing is allocated for it.
final class CheckCounts: Sendable {
    /// Those of the policy, in its order.
    let applications: [ApplicationName]
    /// For each application those of all contracts; at the end those of no application.
    private let cells: [Cell]
    /// For each contract.
    private let times: [Histogram]

    /// What stands for an application that nobody has configured.
    static var nobody: String { "-" }

    private final class Cell: Sendable {
        let allowed = Atomic<Int>(0)
        let challenged = Atomic<Int>(0)
        let denied = Atomic<Int>(0)
        let unavailable = Atomic<Int>(0)

        var outcomes: [(name: String, count: Int)] {
            [
                ("allow", allowed.current), ("challenge", challenged.current), ("deny", denied.current),
                ("unavailable", unavailable.current),
            ]
        }
    }

    init(applications: [ApplicationName]) {
        self.applications = applications
        cells = (0..<(applications.count + 1) * Contract.all.count).map { _ in Cell() }
        times = (0..<Contract.all.count).map { _ in Histogram(.short) }
    }

    /// Counts a check.
    ///
    /// - Parameters:
    ///   - outcome: what became of it.
    ///   - application: its index in the policy; `nil` if the host is nobody's.
    ///   - contract: its index among all contracts.
    ///   - nanoseconds: from the head to the decision.
    func count(_ outcome: Decision.Outcome, application: Int?, contract: Int, nanoseconds: Int) {
        let place = (application ?? applications.count) * Contract.all.count + contract
        guard cells.indices.contains(place), times.indices.contains(contract) else { return }
        switch outcome {
        case .allow: cells[place].allowed.incrementOwn()
        case .challenge: cells[place].challenged.incrementOwn()
        case .deny: cells[place].denied.incrementOwn()
        case .unavailable: cells[place].unavailable.incrementOwn()
        }
        times[contract].recordOwn(nanoseconds)
    }

    // MARK: - What is exported

    /// All outcomes of each application and contract that were met once, so that the first "unavailable" is a rise.
    var outcomes: [MetricSeries] {
        cells.enumerated().flatMap { place, cell -> [MetricSeries] in
            let outcomes = cell.outcomes
            guard outcomes.contains(where: { $0.count > 0 }) else { return [] }
            let (application, contract) = place.quotientAndRemainder(dividingBy: Contract.all.count)
            let name = applications.indices.contains(application) ? "\(applications[application])" : CheckCounts.nobody
            return outcomes.map { outcome in
                MetricSeries(
                    ["application": name, "contract": "\(Contract.all[contract])", "outcome": outcome.name],
                    .integer(outcome.count))
            }
        }
    }

    var durations: [MetricSeries] {
        times.enumerated().map { contract, times in
            MetricSeries(["contract": "\(Contract.all[contract])"], .histogram(times.reading))
        }
    }
}
