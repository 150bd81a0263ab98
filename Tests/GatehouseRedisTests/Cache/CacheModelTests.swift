import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("Copies that are kept true, in any order of events")
struct CacheModelTests {
    @Test(
        "are never older than two seconds; while Redis gives no answer never older than grace",
        arguments: [(0, 0), (1, 5_000)])
    func staleness(seed: Int, grace: Int64) {
        var totals = CacheSimulation.Totals()
        for run in 0..<60 {
            var simulation = CacheSimulation(seed: UInt64(1_000 * seed + run), grace: grace)
            for _ in 0..<4_000 { simulation.step() }
            for complaint in simulation.complaints { Issue.record("run \(run): \(complaint)") }
            totals.add(simulation.totals)
            if !simulation.complaints.isEmpty { return }
        }
        // It would prove nothing if nothing happened.
        #expect(
            totals.hits > 1_000 && totals.reads > 1_000 && totals.joined > 50 && totals.trackings > 200, "\(totals)")
        #expect(totals.unkept > 50 && totals.oldest > 500, "\(totals)")
        #expect(grace == 0 || totals.lastResorts > 50, "\(totals)")
    }
}
