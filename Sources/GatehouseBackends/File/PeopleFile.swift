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

    private let load: @Sendable (FileStamp?) -> FileLook
    private let onProblem: @Sendable (String) -> Void
    private let timeout: Duration
    /// Its own one: a look must not wait behind password hashes.
    private let pool = WorkerPool(workers: 1, memoryBudgetKiB: 1)
    private var people: Result<FilePeople, BackendError>
    private var lastGood: FilePeople
    private var stamp: FileStamp?
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
        load: @escaping @Sendable (FileStamp?) -> FileLook, timeout: Duration,
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

/// What tells one version of a file from another.
struct FileStamp: Equatable, Sendable {
    fileprivate let device: UInt64
    fileprivate let inode: UInt64
    fileprivate let size: Int64
    fileprivate let mode: UInt32
    fileprivate let modified: [Int]
    fileprivate let changed: [Int]

    fileprivate init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int64(status.st_size)
        mode = status.st_mode
        modified = [status.st_mtim.tv_sec, status.st_mtim.tv_nsec]
        changed = [status.st_ctim.tv_sec, status.st_ctim.tv_nsec]
    }

    /// Whether another change would have another time: clocks of file systems tick slowly.
    fileprivate var isSettled: Bool {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        return now.tv_sec - (changed.first ?? 0) > 1
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
    let stamp: FileStamp?
}

extension FileLook {
    /// Reads the file unless it is the version of the stamp; blocks.
    init(
        _ settings: FileSettings, unless known: FileStamp?,
        parse: ([UInt8]) throws(FileProblem) -> FilePeople
    ) {
        let path = settings.path
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else {
            self.init(outcome: .failed(.unusable("cannot be opened: \(FileLook.reason(errno))")), stamp: nil)
            return
        }
        defer { close(descriptor) }
        var before = stat()
        guard unsafe fstat(descriptor, &before) == 0 else {
            self.init(outcome: .failed(.unusable("cannot be read: \(FileLook.reason(errno))")), stamp: nil)
            return
        }
        let stamp = FileStamp(before)
        guard stamp != known else {
            self.init(outcome: .same, stamp: stamp)
            return
        }
        // A change right after the look would not be seen by its time: such a file is read once more.
        let isSettled = stamp.isSettled
        do throws(FileProblem) {
            guard before.st_mode & S_IFMT == S_IFREG else { throw .unusable("is not a regular file") }
            guard before.st_mode & 0o002 == 0 else { throw .unusable("can be written by everybody: chmod o-w") }
            let text = try FileLook.read(descriptor, limit: settings.format.maxLength)
            var after = stat()
            guard unsafe fstat(descriptor, &after) == 0, FileStamp(after) == stamp, text.count == Int(before.st_size)
            else {
                throw .broken(line: nil, "is being written")
            }
            var people = try parse(text)
            if before.st_mode & 0o004 != 0 { people.remark("can be read by everybody: chmod o-r") }
            self.init(outcome: .read(people), stamp: isSettled ? stamp : nil)
        } catch {
            self.init(outcome: .failed(error), stamp: isSettled ? stamp : nil)
        }
    }

    private static func read(_ descriptor: Int32, limit: Int) throws(FileProblem) -> [UInt8] {
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .unusable("cannot be read: \(reason(errno))") }
            guard count > 0 else { return octets }
            octets += chunk[..<count]
            guard octets.count <= limit else { throw .broken(line: nil, "has more than \(limit) octets") }
        }
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
