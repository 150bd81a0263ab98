private import Glibc

/// A thread that lives for one job, at a low priority.
///
/// Starting one takes some 20 µs, next to nothing beside a password hash, and no idle thread remains. Neither Swift's shared
/// threads nor Dispatch's are used: the low priority would stick to them.
enum JobThread {
    /// The priority that is asked for (`nice`): checks, at 0, go first.
    private static let niceness: Int32 = 10

    /// Starts a thread for `work`.
    ///
    /// - Returns: whether there is one; if not, `work` never runs.
    static func start(_ work: @escaping @Sendable () -> Void) -> Bool {
        let job = unsafe Unmanaged.passRetained(Job(work))
        var thread = pthread_t()
        let result = unsafe pthread_create(
            &thread, nil,
            { argument in
                guard let argument = unsafe argument else { return nil }
                // On Linux the priority is the calling thread's own; lowering it needs no rights.
                _ = setpriority(__priority_which_t(PRIO_PROCESS.rawValue), 0, JobThread.niceness)
                unsafe Unmanaged<Job>.fromOpaque(argument).takeRetainedValue().work()
                return nil
            }, job.toOpaque())
        guard result == 0 else {
            unsafe job.release()
            return false
        }
        pthread_detach(thread)
        return true
    }

    private final class Job: Sendable {
        let work: @Sendable () -> Void
        init(_ work: @escaping @Sendable () -> Void) { self.work = work }
    }
}
