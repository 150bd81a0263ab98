private import Glibc

/// A file that whole lines are appended to, by several processes at once, or a descriptor that is open already.
///
/// A file stays open; it is opened anew when it was moved away, and a line that some process could not finish is ended first.
package struct LineFile: ~Copyable {
    /// Where lines go.
    package enum Place: Sendable {
        case standardError
        /// Stays its owner's.
        case descriptor(Int32)
        /// Made if it is not there, for its owner only.
        case file(path: String)
    }

    private let place: Place
    private var descriptor: Int32 = -1
    /// Whether the last line there has no end.
    private var isTorn = false

    package init(_ place: Place) {
        self.place = place
        switch place {
        case .standardError: descriptor = STDERR_FILENO
        case .descriptor(let given): descriptor = given
        case .file: break
        }
    }

    deinit {
        if case .file = place, descriptor >= 0 { close(descriptor) }
    }

    /// Why something could not be written, in the system's words.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String

        init(_ code: Int32) { description = unsafe String(cString: strerror(code)) }
    }

    /// Appends a line, which ends with a line break; waits for the system as long as that takes.
    ///
    /// - Throws: `Fault`; the line is not there then, at most a beginning of it, which the next one ends.
    package mutating func append(_ line: [UInt8]) throws(Fault) {
        try open()
        let bytes = isTorn ? [UInt8(ascii: "\n")] + line : line
        var written = 0
        while written < bytes.count {
            let count = unsafe bytes.withUnsafeBytes { octets in
                unsafe Glibc.write(descriptor, octets.baseAddress?.advanced(by: written), octets.count - written)
            }
            if count > 0 {
                written += count
                continue
            }
            let code = count == 0 ? EIO : errno
            switch code {
            case EINTR: continue
            case EAGAIN:
                // Somebody made the pipe that we share with them a non-blocking one.
                var waiting = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
                _ = unsafe poll(&waiting, 1, -1)
            default:
                if written > 0 { isTorn = true }
                throw Fault(code)
            }
        }
        isTorn = false
    }

    /// Opens the file, if it is one; also anew, when what has its name is another one by now.
    package mutating func open() throws(Fault) {
        guard case .file(let path) = place else { return }
        if descriptor >= 0 {
            var (ours, named) = (stat(), stat())
            if unsafe fstat(descriptor, &ours) == 0, unsafe stat(path, &named) == 0, ours.st_ino == named.st_ino,
                ours.st_dev == named.st_dev
            {
                return
            }
        }
        reset()
        let opened = unsafe Glibc.open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0o600)
        guard opened >= 0 else { throw Fault(errno) }
        descriptor = opened
        isTorn = LineFile.endsWithinLine(opened)
    }

    /// Closes the file, so that the next line opens it anew.
    package mutating func reset() {
        guard case .file = place, descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
    }

    private static func endsWithinLine(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return false
        }
        var last: UInt8 = 0
        return unsafe pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    }
}
