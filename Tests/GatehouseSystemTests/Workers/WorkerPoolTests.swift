import GatehouseCore
import GatehouseSystem
import Glibc
import Synchronization
import Testing

@Suite("The worker pool")
struct WorkerPoolTests {
    /// Counts how many jobs run at once.
    private final class Gauge: Sendable {
        let running = Atomic<Int>(0)
        let peak = Atomic<Int>(0)

        func work() {
            let now = running.wrappingAdd(1, ordering: .sequentiallyConsistent).newValue
            _ = peak.max(now, ordering: .sequentiallyConsistent)
            for _ in 0..<200_000 { _ = running.load(ordering: .relaxed) }
            running.wrappingSubtract(1, ordering: .sequentiallyConsistent)
        }
    }

    @Test("runs at most as many jobs as it has workers")
    func workers() async throws {
        let pool = WorkerPool(workers: 2, memoryBudgetKiB: 1_000, queueLimit: 100, maxWait: .seconds(60))
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<40 { group.addTask { try await pool.run(memoryKiB: 1) { gauge.work() } } }
            try await group.waitForAll()
        }
        #expect(gauge.peak.load(ordering: .relaxed) <= 2)
        #expect(await pool.completed == 40)
    }

    @Test("keeps 200 jobs within its memory budget, and a job above the budget runs alone")
    func budget() async throws {
        let pool = WorkerPool(workers: 8, memoryBudgetKiB: 100, queueLimit: 300, maxWait: .seconds(60))
        let gauge = Gauge()
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<200 { group.addTask { try await pool.run(memoryKiB: 40) { gauge.work() } } }
            try await group.waitForAll()
        }
        #expect(await pool.peakMemoryKiB <= 100)
        #expect(gauge.peak.load(ordering: .relaxed) <= 2)
        #expect(try await pool.run(memoryKiB: 5_000) { 7 } == 7)
    }

    /// Holds a job until it is opened.
    private final class Gate: Sendable {
        private let isOpen = Atomic<Bool>(false)

        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) {} }
    }

    @Test("says busy beyond its queue, and when no worker comes free in time")
    func busy() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 100, queueLimit: 2, maxWait: .milliseconds(50))
        let gate = Gate()
        let blocker = Task { try await pool.run(memoryKiB: 1) { gate.wait() } }
        while await pool.peakMemoryKiB == 0 { await Task.yield() }
        let outcomes = await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<5 {
                group.addTask {
                    do {
                        try await pool.run(memoryKiB: 1) {}
                        return false
                    } catch {
                        return true
                    }
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(outcomes == [true, true, true, true, true])
        gate.open()
        try await blocker.value
        try await pool.run(memoryKiB: 1) {}
    }

    @Test("tells those at once who lose their place, and lets those who are known in where strangers fill the queue")
    func fair() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 100, queueLimit: 4, maxWait: .seconds(60))
        let gate = Gate()
        let blocker = Task { try await pool.run(memoryKiB: 1) { gate.wait() } }
        while await pool.peakMemoryKiB == 0 { await Task.yield() }
        let flooder = Flow(.stranger, key: [1])
        var crowd: [Task<Bool, Never>] = []
        for count in 1...3 {
            crowd.append(Task { (try? await pool.run(memoryKiB: 1, for: flooder) {}) != nil })
            while await pool.waitingCount < count { await Task.yield() }
        }
        await #expect(throws: BackendError.self) { try await pool.run(memoryKiB: 1, for: flooder) {} }
        let other = Task { (try? await pool.run(memoryKiB: 1, for: Flow(.stranger, key: [2])) {}) != nil }
        #expect(await crowd[2].value == false)
        let owner = Task { (try? await pool.run(memoryKiB: 1, for: Flow(.known, key: [3])) {}) != nil }
        while await pool.waitingCount < 4 { await Task.yield() }
        gate.open()
        for task in [crowd[0], crowd[1], other, owner] { #expect(await task.value) }
        try await blocker.value
    }

    @Test("runs each job on a thread of its own at low priority, and leaves the caller's priority alone")
    func priority() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1)
        let before = Self.niceness()
        let inside = try await pool.run(memoryKiB: 1) { Self.niceness() }
        #expect(inside >= 10)
        #expect(Self.niceness() == before)
    }

    @Test("gives the longest wait as advice when it is busy, and counts only what ran")
    func advice() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1, queueLimit: 0, maxWait: .seconds(2))
        let gate = Gate()
        let blocker = Task { try await pool.run(memoryKiB: 1) { gate.wait() } }
        while await pool.peakMemoryKiB == 0 { await Task.yield() }
        await #expect(throws: BackendError.busy(retryAfter: .seconds(2))) { try await pool.run(memoryKiB: 1) {} }
        gate.open()
        try await blocker.value
        #expect(await pool.completed == 1)
    }

    /// The calling thread's own on Linux.
    private static func niceness() -> Int32 { getpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0) }
}
