private import Counting
internal import Foundation
internal import GatehouseCore

/// How many blocks of memory the steps of a check take, compared with `thresholds.json`: see `tools/allocations`.
///
/// Meant for release builds: a debug build allocates where an optimised one does not.
@main
struct Allocations {
    static func main() async throws {
        let arguments = CommandLine.arguments
        if arguments.count == 4, arguments[1] == "--rules", let rules = Int(arguments[2]),
            let rounds = Int(arguments[3])
        {
            return try matchMany(rules, rounds: rounds)
        }
        guard arguments.count == 2 else {
            print("usage: Allocations THRESHOLDS | --rules NUMBER ROUNDS")
            exit(2)
        }
        let thresholds = try JSONDecoder().decode(
            [String: Double].self, from: Data(contentsOf: URL(fileURLWithPath: arguments[1])))
        let sample = try Sample()
        var measured = ["parse": try parse(sample), "match": match(sample), "decide": try decide(sample)]
        try await WarmCheck.run { ask in measured["warm check"] = try count(rounds: 20_000) { try ask() } }
        // Where spans are sent, a check that is not sampled takes no more: one that the proxy's trace says so of, and one without.
        let tracer = Tracer(share: 0, seed: 1)
        try await WarmCheck.run(tracer, trace: WarmCheck.unsampled) { ask in
            measured["warm check, trace not sampled"] = try count(rounds: 20_000) { try ask() }
        }
        try await WarmCheck.run(tracer) { ask in
            measured["warm check, no trace"] = try count(rounds: 20_000) { try ask() }
        }
        guard tracer.waiting == 0 else { throw Unexpected() }
        // What a sampled one takes until its span waits for the thread that sends it.
        let keeper = Tracer(share: 0, seed: 1)
        try await WarmCheck.run(keeper, trace: WarmCheck.sampled) { ask in
            measured["warm check, trace sampled"] = try count(rounds: 20_000) {
                try ask()
                if keeper.hasBatch { _ = keeper.nextBatch() }
            }
        }
        guard keeper.waiting > 0, keeper.dropped == 0 else { throw Unexpected() }
        exit(report(measured, thresholds) ? 0 : 1)
    }

    private static func parse(_ sample: Sample) throws -> Double {
        try count {
            var parser = RequestHeadParser()
            guard try parser.parse(sample.head.span) != nil else { throw Unexpected() }
        }
    }

    private static func match(_ sample: Sample) -> Double { count { _ = sample.policy.match(sample.request) } }

    /// Finds the last of so many rules, again and again: for tools that count instructions.
    private static func matchMany(_ rules: Int, rounds: Int) throws {
        let (policy, request) = try Sample.manyRules(rules)
        let begin = ContinuousClock.now
        for _ in 0..<rounds {
            guard case .rule(let match) = policy.match(request), match.rule == rules - 1 else { throw Unexpected() }
        }
        print("\(rules) rules: \((ContinuousClock.now - begin) / max(rounds, 1)) for each match")
    }

    private static func decide(_ sample: Sample) throws -> Double {
        guard case .rule(let rule) = sample.policy.match(sample.request) else { throw Unexpected() }
        let visitor = Visitor.person(sample.identity)
        return try count {
            guard sample.policy.decide(rule, visitor: visitor, now: Timestamp(milliseconds: 0)).outcome == .allow else {
                throw Unexpected()
            }
        }
    }

    /// Allocations for one call, on average: the first calls, which fill what is kept, do not count.
    private static func count<Failure>(
        rounds: Int = 100_000, _ body: () throws(Failure) -> Void
    ) throws(Failure) -> Double {
        for _ in 0..<1_000 { try body() }
        let before = gatehouse_allocations()
        for _ in 0..<rounds { try body() }
        return Double(gatehouse_allocations() - before) / Double(rounds)
    }

    /// Prints a line for each step; what is a hundredth above its threshold is still at it.
    private static func report(_ measured: [String: Double], _ thresholds: [String: Double]) -> Bool {
        var isGood = Set(measured.keys) == Set(thresholds.keys)
        if !isGood { print("the thresholds are of other steps: \(thresholds.keys.sorted())") }
        for (step, figure) in measured.sorted(by: { $0.key < $1.key }) {
            let threshold = thresholds[step] ?? 0
            let isHigh = figure > threshold + 0.01
            if isHigh { isGood = false }
            print("\(isHigh ? "ABOVE" : "ok   ")  \(step): \((figure * 100).rounded() / 100), threshold \(threshold)")
        }
        return isGood
    }
}

/// A step did not do what it is measured for.
struct Unexpected: Error {}
