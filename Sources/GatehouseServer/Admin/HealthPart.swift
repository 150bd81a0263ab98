package import GatehouseCore

/// A part of the daemon, and what is wrong with it.
package struct HealthPart: Equatable, Sendable {
    /// In one word, as `/readyz?verbose` calls it.
    package let name: String
    /// `nil` if all is well.
    package let problem: String?
    /// Why nothing can be asked of the daemon, as `/readyz` says it; `nil` if this part is not in the way.
    package let obstacle: String?

    /// A part without which the daemon takes no requests.
    ///
    /// - Parameters:
    ///   - name: one word.
    ///   - requirement: what `/readyz` calls it: the key of the configuration, or a word.
    ///   - problem: what is wrong.
    ///   - brief: what `/readyz` says of it without being asked for details; `nil` for the same.
    /// - Returns: the part.
    package static func needed(
        _ name: String, as requirement: String, _ problem: String?, briefly brief: String? = nil
    ) -> HealthPart {
        HealthPart(name, problem, obstacle: problem.map { "\(requirement): \(brief ?? $0)" })
    }

    /// A part whose trouble is some people's, or comes later: no reason to send everybody elsewhere.
    package static func told(_ name: String, _ problem: String?) -> HealthPart {
        HealthPart(name, problem, obstacle: nil)
    }

    private init(_ name: String, _ problem: String?, obstacle: String?) {
        self.name = name
        self.problem = problem
        self.obstacle = obstacle
    }

    /// As `/readyz?verbose` writes it: what other programs say may have several lines.
    package var line: String {
        "\(name): \((problem ?? "ok").split { $0.isNewline }.joined(separator: " "))"
    }
}

extension [HealthPart] {
    package var areReady: Bool { allSatisfy { $0.obstacle == nil } }

    /// What `/readyz` answers.
    var readinessLines: [String] {
        let obstacles = compactMap(\.obstacle)
        return obstacles.isEmpty ? ["ready"] : obstacles.map { "not ready: \($0)" }
    }

    /// What is exported.
    package static var exported: [Metric<[HealthPart]>] {
        [
            Metric("gatehouse_ready", .gauge, "1 if the store and the database answer.") { $0.areReady ? 1 : 0 },
            Metric(
                "gatehouse_part_healthy", .gauge, "1 for each part that /readyz?verbose has nothing to say against."
            ) { parts in
                parts.map { MetricSeries(["part": $0.name], .integer($0.problem == nil ? 1 : 0)) }
            },
        ]
    }
}
