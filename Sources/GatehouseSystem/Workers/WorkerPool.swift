package import GatehouseCore

/// A bounded pool for work that takes a whole core for a while: password hashes.
///
/// The work runs on threads of its own at a low priority, so that neither event loops nor Swift's shared threads wait for
/// it. At most `workers` jobs run at once, and only as many as fit into the memory budget; the rest waits in a queue that is fair
/// to everybody who asks (`FairQueue`).
package actor WorkerPool {
    private let workers: Int
    private let memoryBudgetKiB: Int
    private let maxWait: Duration
    private var running = 0
    private var memoryInUseKiB = 0
    private var waiting: FairQueue<Waiter>
    private var nextTicket: UInt64 = 0
    private var refused = 0
    private let waits = Histogram(.long)

    /// How many jobs ended.
    package private(set) var completed = 0
    /// The most memory that was promised to jobs at one time, in KiB.
    package private(set) var peakMemoryKiB = 0

    private struct Waiter {
        let ticket: UInt64
        let memoryKiB: Int
        let admission: CheckedContinuation<Bool, Never>
    }

    /// - Parameters:
    ///   - workers: how many jobs run at once, at least one.
    ///   - memoryBudgetKiB: for all running jobs together; a job above it runs alone.
    ///   - queueLimit: how many jobs may wait; a quarter of the places is for those who are known.
    ///   - maxWait: how long one may wait.
    package init(workers: Int, memoryBudgetKiB: Int, queueLimit: Int = 64, maxWait: Duration = .seconds(2)) {
        self.workers = max(workers, 1)
        self.memoryBudgetKiB = max(memoryBudgetKiB, 1)
        waiting = FairQueue(places: queueLimit)
        self.maxWait = maxWait
    }

    /// Runs a job when there is room for it.
    ///
    /// - Parameters:
    ///   - memoryKiB: what the job will take.
    ///   - flow: on whose behalf.
    ///   - work: runs on a thread of the pool.
    /// - Returns: what the work returned.
    /// - Throws: `BackendError.busy` if there was no place in the queue, somebody else needed it more, no room came in time or the
    ///   system gave no thread; the work did not run then.
    package func run<Result: Sendable>(
        memoryKiB: Int, for flow: Flow = .own, _ work: @escaping @Sendable () -> Result
    ) async throws(BackendError) -> Result {
        let memoryKiB = max(memoryKiB, 0)
        let begin = ContinuousClock.now
        do { try await admit(memoryKiB: memoryKiB, flow) } catch {
            refused += 1
            throw error
        }
        waits.record(ContinuousClock.now - begin)
        let result: Result? = await withCheckedContinuation { continuation in
            let isStarted = JobThread.start { continuation.resume(returning: work()) }
            if !isStarted { continuation.resume(returning: nil) }
        }
        running -= 1
        memoryInUseKiB -= memoryKiB
        admitWaiting()
        guard let result else { throw .busy(retryAfter: maxWait) }
        completed += 1
        return result
    }

    /// How many jobs wait.
    package var waitingCount: Int { waiting.count }

    /// What the pool does now and did since the start.
    package var figures: WorkerFigures {
        WorkerFigures(
            completed: completed, refused: refused, running: running, waiting: waiting.count,
            memoryKiB: memoryInUseKiB, peakMemoryKiB: peakMemoryKiB, memoryBudgetKiB: memoryBudgetKiB,
            waits: waits.reading)
    }

    private func admit(memoryKiB: Int, _ flow: Flow) async throws(BackendError) {
        if waiting.isEmpty, hasRoom(memoryKiB) { return take(memoryKiB) }
        nextTicket += 1
        let ticket = nextTicket
        // Ends by itself, and is cancelled as soon as the wait is over.
        let timer = Task { [maxWait] in
            try? await Task.sleep(for: maxWait)
            self.giveUp(ticket, of: flow)
        }
        let isAdmitted = await withCheckedContinuation { admission in
            switch waiting.add(Waiter(ticket: ticket, memoryKiB: memoryKiB, admission: admission), of: flow) {
            case .queued: break
            case .displaced(let other): other.admission.resume(returning: false)
            case .full: admission.resume(returning: false)
            }
        }
        timer.cancel()
        guard isAdmitted else { throw .busy(retryAfter: maxWait) }
    }

    private func giveUp(_ ticket: UInt64, of flow: Flow) {
        guard let late = waiting.remove(of: flow, where: { $0.ticket == ticket }) else { return }
        late.admission.resume(returning: false)
        admitWaiting()
    }

    private func admitWaiting() {
        while let next = waiting.first, hasRoom(next.memoryKiB), let first = waiting.removeFirst() {
            take(first.memoryKiB)
            first.admission.resume(returning: true)
        }
    }

    private func hasRoom(_ memoryKiB: Int) -> Bool {
        running < workers && (running == 0 || memoryKiB <= memoryBudgetKiB - memoryInUseKiB)
    }

    private func take(_ memoryKiB: Int) {
        running += 1
        memoryInUseKiB += memoryKiB
        peakMemoryKiB = max(peakMemoryKiB, memoryInUseKiB)
    }
}
