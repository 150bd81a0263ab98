import GatehouseCore
import GatehouseSystem
import Synchronization
import Testing

@Suite("The first of several answers")
struct FirstAnswerTests {
    @Test("counts, whoever gives it, and is there for who comes later")
    func early() async {
        let answer = FirstAnswer<Int>()
        #expect(!answer.isGiven)
        #expect(answer.give(1))
        #expect(!answer.give(2))
        #expect(answer.isGiven)
        #expect(await answer.value() == 1)
        #expect(!answer.give(3) && answer.isGiven)
    }

    @Test("wakes who waits, once, of however many that answer at once")
    func race() async {
        for _ in 0..<200 {
            let answer = FirstAnswer<Int>()
            let value = Task { await answer.value() }
            let first = await withTaskGroup(of: Int?.self) { group in
                for number in 0..<8 { group.addTask { answer.give(number) ? number : nil } }
                return await group.reduce(into: [Int]()) { if let number = $1 { $0.append(number) } }
            }
            #expect(first.count == 1)
            #expect(await value.value == first.first)
        }
    }

    @Test("is the clock's where the work takes too long, and the work is asked to end")
    func late() async {
        let (ended, end) = AsyncStream<Bool>.makeStream()
        let result = await within(.milliseconds(1), else: "late") {
            try? await Task.sleep(for: .seconds(600))
            end.yield(Task.isCancelled)
            return "done"
        }
        #expect(result == "late")
        var endings = ended.makeAsyncIterator()
        #expect(await endings.next() == true)
        #expect(await within(.seconds(600), else: "late") { "done" } == "done")
    }

    @Test("leaves work of a pool that waits behind other work undone once its time is up")
    func pool() async throws {
        let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1, maxWait: .seconds(600))
        #expect(try await pool.run(within: .seconds(600)) { 7 } == 7)
        let gate = Gate()
        let blocker = Task { try await pool.run(memoryKiB: 1) { gate.wait() } }
        while await pool.peakMemoryKiB == 0 { await Task.yield() }
        await #expect(throws: BackendError.unavailable(reason: "no answer in time")) {
            try await pool.run(within: .milliseconds(1)) { Issue.record("begun after its time") }
        }
        gate.open()
        try await blocker.value
        try await pool.run(memoryKiB: 1) {}
    }

    /// Holds a job until it is opened.
    private final class Gate: Sendable {
        private let isOpen = Atomic<Bool>(false)

        func open() { isOpen.store(true, ordering: .releasing) }
        func wait() { while !isOpen.load(ordering: .acquiring) {} }
    }
}
