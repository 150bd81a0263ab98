private import Glibc
private import Synchronization

/// Standard output: lines are collected and written in large pieces, and what could not be written is known in the end.
package enum Output {
    private struct State {
        var waiting: [UInt8] = []
        /// The number of the error that ended it.
        var fault: Int32?
    }

    private static let state = Mutex(State())
    private static let pieceBytes = 65_536

    /// Takes a line; at a terminal it shows at once.
    package static func line(_ text: String) {
        state.withLock { state in
            guard state.fault == nil else { return }
            state.waiting += text.utf8
            state.waiting.append(0x0A)
            if state.waiting.count >= pieceBytes || isatty(STDOUT_FILENO) == 1 { write(&state) }
        }
    }

    /// Writes what waits.
    package static func flush() { state.withLock { write(&$0) } }

    /// Writes what waits, and says what the program ends with.
    ///
    /// Whoever closed the pipe (`| head`) has read enough: that is no fault. A full disk is one, whatever the command did.
    ///
    /// - Parameter status: what it would end with.
    /// - Returns: `status`, or 3 if something could not be written.
    package static func finish(_ status: Int32) -> Int32 {
        flush()
        guard let fault = state.withLock({ $0.fault }), fault != EPIPE else { return status }
        let reason = unsafe String(cString: strerror(fault))
        Terminal.complain("standard output: cannot be written: \(reason); what was done before stays done")
        return ExitStatus.unknown
    }

    private static func write(_ state: inout State) {
        var rest = state.waiting[...]
        state.waiting = []
        guard state.fault == nil else { return }
        while !rest.isEmpty {
            let count = unsafe rest.withUnsafeBytes { unsafe Glibc.write(STDOUT_FILENO, $0.baseAddress, $0.count) }
            if count > 0 {
                rest = rest.dropFirst(count)
            } else if errno == EAGAIN {
                // Somebody made the pipe non-blocking: wait until there is room.
                var wanted = pollfd(fd: STDOUT_FILENO, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&wanted, 1, -1)
            } else if errno != EINTR {
                state.fault = errno
                return
            }
        }
    }
}
