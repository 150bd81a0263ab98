internal import GatehouseTestSupport
internal import Glibc

/// Starting servers that listen to SIGTERM and SIGINT.
enum Server {
    /// Starts a program as `ChildProcess` does, with no signal blocked.
    ///
    /// Tests run on threads that block most signals, and a child inherits what the starting thread blocks.
    static func start(
        _ program: String, _ arguments: [String], environment: [String: String] = Tools.environment, output: String
    ) throws -> ChildProcess {
        var none = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe pthread_sigmask(SIG_SETMASK, &before, nil) }
        return try ChildProcess(program, arguments, environment: environment, output: output)
    }

    /// Asks a server to stop, and kills it if it does not within some seconds.
    ///
    /// - Returns: whether it stopped by itself.
    @discardableResult
    static func stop(_ process: ChildProcess, seconds: Int = 8) -> Bool {
        process.signal(SIGTERM)
        let deadline = ContinuousClock.now + .seconds(seconds)
        while process.isRunning, ContinuousClock.now < deadline { usleep(10_000) }
        let isStopped = !process.isRunning
        process.signal(SIGKILL)
        process.waitForExit()
        return isStopped
    }
}
