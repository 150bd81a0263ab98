internal import Glibc
internal import Synchronization

/// A server that a test starts and ends by its process id; it is killed with the last reference.
package final class ChildProcess: Sendable {
    package struct Failure: Error, CustomStringConvertible {
        package let description: String
    }

    package let pid: Int32
    /// The status that `waitpid` gave, once the process ended.
    private let status = Mutex<Int32?>(nil)

    /// Starts a program found in `PATH`; `output` is the file for its standard output and error, `nil` is `/dev/null`.
    ///
    /// The environment is this process' own, with the given variables on top.
    package init(_ program: String, _ arguments: [String], environment: [String: String] = [:], output: String? = nil)
        throws
    {
        var actions = unsafe posix_spawn_file_actions_t()
        unsafe posix_spawn_file_actions_init(&actions)
        defer { unsafe posix_spawn_file_actions_destroy(&actions) }
        unsafe posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
        unsafe posix_spawn_file_actions_addopen(
            &actions, 1, output ?? "/dev/null", O_WRONLY | O_CREAT | O_APPEND, 0o600)
        unsafe posix_spawn_file_actions_adddup2(&actions, 1, 2)

        var variables: [String] = []
        var variable = unsafe environ
        while let text = unsafe variable.pointee {
            variables.append(unsafe String(cString: text))
            unsafe variable += 1
        }
        variables.removeAll { line in environment.keys.contains { line.hasPrefix($0 + "=") } }
        variables += environment.map { "\($0.key)=\($0.value)" }

        var argv = unsafe ([program] + arguments).map { unsafe strdup($0) } + [nil]
        var envp = unsafe variables.map { unsafe strdup($0) } + [nil]
        defer {
            unsafe argv.forEach { unsafe free($0) }
            unsafe envp.forEach { unsafe free($0) }
        }
        var pid: pid_t = 0
        // What this process ignores is its own business.
        var attributes = posix_spawnattr_t()
        unsafe posix_spawnattr_init(&attributes)
        defer { unsafe posix_spawnattr_destroy(&attributes) }
        var defaults = sigset_t()
        unsafe sigemptyset(&defaults)
        unsafe sigaddset(&defaults, SIGPIPE)
        unsafe posix_spawnattr_setsigdefault(&attributes, &defaults)
        unsafe posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGDEF))
        let result = unsafe posix_spawnp(&pid, program, &actions, &attributes, &argv, &envp)
        guard result == 0 else { throw Failure(description: "cannot start \(program): errno \(result)") }
        self.pid = pid
    }

    deinit {
        signal(SIGKILL)
        _ = waitForExit()
    }

    /// Whether the process has not ended.
    package var isRunning: Bool { exitStatus(options: WNOHANG) == nil }

    /// Sends a signal, unless the process has ended; after SIGSTOP it stands still when this returns.
    package func signal(_ number: Int32) {
        status.withLock { status in
            guard status == nil else { return }
            _ = kill(pid, number)
            // The system stops it when it comes to it. The process stays to be waited for.
            guard number == SIGSTOP else { return }
            var news = unsafe siginfo_t()
            while unsafe waitid(P_PID, id_t(pid), &news, WSTOPPED | WEXITED | WNOWAIT) != 0, errno == EINTR {}
        }
    }

    /// Blocks until the process ends.
    ///
    /// - Returns: the exit code, or 128 and the number of the signal.
    @discardableResult
    package func waitForExit() -> Int32 {
        guard let status = exitStatus(options: 0) else { return -1 }
        return status & 0x7f == 0 ? (status >> 8) & 0xff : 128 + (status & 0x7f)
    }

    private func exitStatus(options: Int32) -> Int32? {
        status.withLock { status in
            guard status == nil else { return status }
            var found: Int32 = 0
            let result = unsafe waitpid(pid, &found, options)
            if result == pid { status = found }
            if result < 0 && errno != EINTR { status = 0 }
            return status
        }
    }
}
