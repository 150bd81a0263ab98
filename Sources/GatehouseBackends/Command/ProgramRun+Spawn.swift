private import CSpawn
private import Glibc
internal import GatehouseCore
private import Synchronization

extension ProgramRun {
    static func failure(_ what: String, _ code: Int32) -> BackendError {
        .unavailable(reason: "\(what): " + (unsafe String(cString: strerror(code))))
    }

    /// Looks at what is going to be run.
    static func check(_ path: String) throws(BackendError) {
        guard path.utf8.first == UInt8(ascii: "/"), !path.utf8.contains(0) else {
            throw .unavailable(reason: "the program's path is not absolute")
        }
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { throw failure("the program cannot be started", errno) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .unavailable(reason: "the program is no regular file") }
        guard status.st_mode & 0o002 == 0 else {
            throw .unavailable(reason: "the program can be written by everybody: chmod o-w")
        }
    }

    /// A pipe that no program inherits: the end to read from and the end to write to.
    static func pipe() throws(BackendError) -> [Int32] {
        var ends: [Int32] = [-1, -1]
        let code = unsafe gatehouse_pipe(&ends)
        guard code == 0 else { throw failure("no pipe", code) }
        return ends
    }

    /// Starts the program with the three descriptors as its standard ones, and nothing else of this process.
    static func spawn(
        _ path: String, _ arguments: [String], _ environment: [String], _ descriptors: [Int32]
    ) throws(BackendError) -> Int32 {
        var argv = unsafe ([path] + arguments).map { unsafe strdup($0) }
        var envp = unsafe environment.map { unsafe strdup($0) }
        defer {
            unsafe argv.forEach { unsafe free($0) }
            unsafe envp.forEach { unsafe free($0) }
        }
        guard unsafe (argv + envp).allSatisfy({ unsafe $0 != nil }) else { throw failure("no memory", ENOMEM) }
        unsafe argv.append(nil)
        unsafe envp.append(nil)
        var pid: Int32 = 0
        let code = unsafe gatehouse_spawn(path, &argv, &envp, descriptors, &pid)
        guard code == 0 else { throw failure("the program cannot be started", code) }
        return pid
    }

    /// Kills the whole process group of a program that was not waited for yet, and waits for it.
    ///
    /// - Returns: the status as `waitpid` tells it; `nil` if the program cannot be killed, which one with other rights cannot.
    @discardableResult
    static func killAndReap(_ pid: Int32) -> Int32? {
        _ = kill(-pid, SIGKILL)
        // It may have left its group.
        _ = kill(pid, SIGKILL)
        guard let status = reap(pid, for: 2_000) else {
            survivors.withLock { $0.append(pid) }
            return nil
        }
        // What the program left behind belongs to process 1, which in a container is this one.
        for _ in 0..<100 {
            var ignored: Int32 = 0
            let found = unsafe waitpid(-pid, &ignored, WNOHANG)
            if found < 0, errno != EINTR { break }
            if found == 0 { usleep(1_000) }
        }
        return status
    }

    /// Refuses to start another program while too many go on that could not be killed.
    static func checkSurvivors() throws(BackendError) {
        let count = survivors.withLock { survivors in
            survivors.removeAll { reap($0, for: 0) != nil }
            return survivors.count
        }
        guard count < maxSurvivors else {
            throw .unavailable(reason: "\(count) programs did not end in time and cannot be killed")
        }
    }

    /// Those that were killed in vain, until they end by themselves.
    private static let survivors = Mutex<[Int32]>([])
    private static let maxSurvivors = 16

    /// Waits some milliseconds for a program's end; `nil` if it goes on.
    private static func reap(_ pid: Int32, for milliseconds: Int) -> Int32? {
        for waited in 0...milliseconds {
            var status: Int32 = 0
            let found = unsafe waitpid(pid, &status, WNOHANG)
            if found == pid { return status }
            // Nobody's child: there is nothing to wait for.
            if found < 0, errno != EINTR { return status }
            if waited < milliseconds { usleep(1_000) }
        }
        return nil
    }

    /// Keeps this thread from being ended by a pipe that nobody reads.
    struct SignalMask {
        private var before = sigset_t()

        init() {
            var pipe = sigset_t()
            unsafe sigemptyset(&pipe)
            unsafe sigaddset(&pipe, SIGPIPE)
            unsafe pthread_sigmask(SIG_BLOCK, &pipe, &before)
        }

        /// Takes a signal that came meanwhile away, unless it was blocked before, too.
        func restore() {
            var before = before
            guard unsafe sigismember(&before, SIGPIPE) == 0 else { return }
            var pipe = sigset_t()
            var none = timespec()
            unsafe sigemptyset(&pipe)
            unsafe sigaddset(&pipe, SIGPIPE)
            while unsafe sigtimedwait(&pipe, nil, &none) == SIGPIPE {}
            unsafe pthread_sigmask(SIG_SETMASK, &before, nil)
        }
    }
}
