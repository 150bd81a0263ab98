private import Glibc
internal import GatehouseCore
internal import GatehouseSystem

/// The people of a file, read again when it changed.
///
/// A version that cannot be read leaves
/// the one before in use; a file that is gone or that anybody may write leaves none.
actor PeopleFile {
    /// How long an answer about the file holds.
    private static let interval = Duration.seconds(1)

    private let load: @Sendable (FileStatus?) -> FileLook
    private let onProblem: @Sendable (String) -> Void
    private let timeout: Duration
    /// Its own one: a look must not wait behind password hashes.
    private let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1)
    private var people: Result<FilePeople, BackendError>
    private var lastGood: FilePeople
    private var stamp: FileStatus?
    private var lookedAt = ContinuousClock.now
    /// A look that is under way.
    private var looking: Task<Result<FilePeople, BackendError>, Never>?
    private var reported: [String]

    /// Reads the file, blocking.
    ///
    /// - Parameters:
    ///   - load: looks at the file; reads it unless it has the given stamp.
    ///   - timeout: how long anybody waits for a look.
    ///   - onProblem: gets each problem once.
    /// - Throws: `BackendError.unavailable` if it cannot be used.
    init(
        load: @escaping @Sendable (FileStatus?) -> FileLook, timeout: Duration,
        onProblem: @escaping @Sendable (String) -> Void
    ) throws(BackendError) {
        let look = load(nil)
        switch look.outcome {
        case .same: throw .unavailable(reason: "the file was not read")
        case .failed(let problem): throw .unavailable(reason: problem.reason)
        case .read(let found):
            people = .success(found)
            lastGood = found
            reported = found.allRemarks
        }
        stamp = look.stamp
        self.load = load
        self.timeout = timeout
        self.onProblem = onProblem
        reported.forEach(onProblem)
    }

    /// Everybody, as of at most a second ago.
    ///
    /// - Throws: `BackendError.unavailable` if the file is gone, not to be trusted, or cannot be looked at in time.
    func current() async throws(BackendError) -> FilePeople {
        guard ContinuousClock.now - lookedAt >= PeopleFile.interval else { return try people.get() }
        // Everybody who comes meanwhile waits for the same look, which is bounded by its time limit.
        let task = looking ?? Task { await look() }
        looking = task
        return try await task.value.get()
    }

    private func look() async -> Result<FilePeople, BackendError> {
        defer { looking = nil }
        let load = load
        let known = stamp
        do throws(BackendError) {
            take(try await pool.run(within: timeout) { load(known) })
        } catch {
            return .failure(.unavailable(reason: "the file cannot be looked at in time"))
        }
        return people
    }

    private func take(_ look: FileLook) {
        lookedAt = ContinuousClock.now
        switch look.outcome {
        case .same: return
        case .read(let found):
            people = .success(found)
            lastGood = found
            report(found.allRemarks)
        case .failed(let problem):
            if case .broken = problem {
                people = .success(lastGood)
                report(["\(problem.reason); the version before stays in use"])
            } else {
                people = .failure(.unavailable(reason: problem.reason))
                report([problem.reason])
            }
        }
        stamp = look.stamp
    }

    private func report(_ problems: [String]) {
        for problem in problems where !reported.contains(problem) { onProblem(problem) }
        reported = problems
    }
}

/// What a look at the file brought.
struct FileLook: Sendable {
    enum Outcome: Sendable {
        case same
        case read(FilePeople)
        case failed(FileProblem)
    }

    let outcome: Outcome
    /// `nil` if the next look must read it again in any case.
    let stamp: FileStatus?
}

extension FileLook {
    /// Reads the file unless it is the version of the stamp; blocks.
    init(
        _ settings: FileSettings, unless known: FileStatus?,
        parse: ([UInt8]) throws(FileProblem) -> FilePeople
    ) {
        var stamp: FileStatus?
        do throws(FileProblem) {
            let file = try FileLook.open(settings.path)
            let before = try FileLook.attempt { () throws(FileFault) in try file.status() }
            guard before != known else {
                self.init(outcome: .same, stamp: before)
                return
            }
            // A change right after the look would not be seen by its time: such a file is read once more.
            stamp = before.isSettled ? before : nil
            guard before.isRegular else { throw .unusable("is not a regular file") }
            guard before.mode & 0o002 == 0 else { throw .unusable("can be written by everybody: chmod o-w") }
            let text = try FileLook.attempt { () throws(FileFault) in
                try file.readAll(limit: settings.format.maxLength)
            }
            guard (try? file.status()) == before, text.count == before.size else {
                throw .broken(line: nil, "is being written")
            }
            var people = try parse(text)
            if before.mode & 0o004 != 0 { people.remark("can be read by everybody: chmod o-r") }
            self.init(outcome: .read(people), stamp: stamp)
        } catch {
            self.init(outcome: .failed(error), stamp: stamp)
        }
    }

    private static func open(_ path: String) throws(FileProblem) -> OpenFile {
        do { return try OpenFile(path) } catch { throw .unusable("cannot be opened: \(error)") }
    }

    private static func attempt<Value>(_ read: () throws(FileFault) -> Value) throws(FileProblem) -> Value {
        do { return try read() } catch {
            if case .tooLong = error { throw .broken(line: nil, error.description) }
            throw .unusable("cannot be read: \(error)")
        }
    }
}

extension FileStatus {
    /// Whether another change would have another time: clocks of file systems tick slowly.
    fileprivate var isSettled: Bool {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec - changed.seconds > 1
    }
}
