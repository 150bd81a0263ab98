package import GatehouseCrypto
private import Glibc

/// A file that whole lines are appended to, by several processes at once; a descriptor that is open already; or a socket that
/// takes each line as a datagram.
///
/// A file stays open; it is opened anew when it was moved away, and a line that some process could not finish is ended first.
package struct LineFile: ~Copyable {
    /// Where lines go.
    package enum Place: Sendable {
        case standardError
        /// Stays its owner's.
        case descriptor(Int32)
        /// Made if it is not there, for its owner only; with a key, each line is chained to the one before it.
        case file(path: String, chain: TagKey? = nil)
        /// A Unix socket of datagrams.
        case socket(path: String)

        /// Whether lines that cannot be written now may be later.
        var mayRecover: Bool {
            switch self {
            case .standardError, .descriptor: false
            case .file, .socket: true
            }
        }
    }

    private let place: Place
    private var descriptor: Int32 = -1
    /// Whether the last line there has no end.
    private var isTorn = false
    /// The last line that this process chained, and how long the file was then.
    private var chained: (link: ChainLink, length: Int)?

    package init(_ place: Place) {
        self.place = place
        switch place {
        case .standardError: descriptor = STDERR_FILENO
        case .descriptor(let given): descriptor = given
        case .file, .socket: break
        }
    }

    deinit {
        if place.mayRecover, descriptor >= 0 { close(descriptor) }
    }

    /// Why something could not be written, in the system's words.
    package struct Fault: Error, Equatable, CustomStringConvertible {
        package let description: String
        /// Whether the reason is the line, so that it can never be written there.
        let isOfLine: Bool

        init(_ code: Int32) {
            description = unsafe String(cString: strerror(code))
            isOfLine = code == EMSGSIZE
        }

        init(_ description: String) {
            self.description = description
            isOfLine = false
        }
    }

    /// Appends a line, which ends with a line break; waits for the system as long as that takes.
    ///
    /// - Throws: `Fault`; the line is not there then, at most a beginning of it, which the next one ends.
    package mutating func append(_ line: [UInt8]) throws(Fault) {
        switch place {
        case .socket: try send(line)
        case .file(let path, let key?): try append(line, to: path, chainedBy: key)
        case .standardError, .descriptor, .file:
            try open()
            try write(line)
        }
    }

    /// Opens the file or the socket, if it is one; also anew, when what has the file's name is another one by now.
    package mutating func open() throws(Fault) {
        switch place {
        case .standardError, .descriptor: return
        case .socket(let path):
            if descriptor < 0 { descriptor = try DatagramSocket.connect(to: path) }
        case .file(let path, _): try openFile(path)
        }
    }

    /// Closes the file or the socket, so that the next line opens it anew.
    package mutating func reset() {
        guard place.mayRecover, descriptor >= 0 else { return }
        close(descriptor)
        descriptor = -1
        // Its length is no longer that of what will be opened.
        chained = chained.map { ($0.link, -1) }
    }

    // MARK: - Files

    private mutating func openFile(_ path: String) throws(Fault) {
        if descriptor >= 0 {
            var (ours, named) = (stat(), stat())
            if unsafe fstat(descriptor, &ours) == 0, unsafe stat(path, &named) == 0, ours.st_ino == named.st_ino,
                ours.st_dev == named.st_dev
            {
                return
            }
        }
        reset()
        let flags = O_RDWR | O_APPEND | O_CLOEXEC | O_NOCTTY
        var opened = unsafe Glibc.open(path, flags)
        if opened < 0, errno == ENOENT {
            // Exclusively: only what is really new is given away.
            opened = unsafe Glibc.open(path, flags | O_CREAT | O_EXCL, 0o600)
            if opened >= 0 {
                LineFile.give(opened, toOwnerOfFolderOf: path)
            } else if errno == EEXIST {
                opened = unsafe Glibc.open(path, flags | O_CREAT, 0o600)
            }
        }
        guard opened >= 0 else { throw Fault(errno) }
        descriptor = opened
        isTorn = LineFile.endsWithinLine(opened)
    }

    /// A command may make a file as root, and the daemon, whose folder it lies in, has to write it.
    static func give(_ descriptor: Int32, toOwnerOfFolderOf path: String) {
        var status = stat()
        let end = path.utf8.lastIndex(of: UInt8(ascii: "/"))
        let folder = end.map { $0 == path.startIndex ? "/" : String(path[..<$0]) } ?? "."
        guard geteuid() == 0, unsafe stat(folder, &status) == 0 else { return }
        _ = fchown(descriptor, status.st_uid, status.st_gid)
    }

    private mutating func write(_ line: [UInt8]) throws(Fault) {
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

    /// How many octets the file has; `nil` for what is no regular file.
    private var length: Int? {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return Int(status.st_size)
    }

    private static func endsWithinLine(_ descriptor: Int32) -> Bool {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0, status.st_mode & S_IFMT == S_IFREG, status.st_size > 0 else {
            return false
        }
        var last: UInt8 = 0
        return unsafe pread(descriptor, &last, 1, status.st_size - 1) == 1 && last != UInt8(ascii: "\n")
    }

    // MARK: - Chained files

    /// Appends a line that names the one before it, whichever process wrote that: one process at a time.
    private mutating func append(_ line: [UInt8], to path: String, chainedBy key: TagKey) throws(Fault) {
        let record = try ChainRecord(beside: path)
        try open()
        guard let before = length else { throw Fault("a chain needs a regular file") }
        var last: ChainLink?
        if let chained, chained.length == before {
            last = chained.link
        } else if before > 0 {
            last = ChainedLine.last(in: descriptor, length: before)
            isTorn = LineFile.endsWithinLine(descriptor)
        }
        // In a new file, the record knows what other processes wrote into the old one since.
        let (sealed, link) = try ChainedLine.seal(line, after: last ?? record.link ?? chained?.link ?? .start, by: key)
        do throws(Fault) { try write(sealed) } catch {
            // Nobody else writes meanwhile: the beginning of a line would be one that is not of the chain.
            if ftruncate(descriptor, before) == 0 { isTorn = LineFile.endsWithinLine(descriptor) }
            throw error
        }
        record.write(link)
        chained = length.map { (link, $0) }
    }

    // MARK: - Sockets

    private mutating func send(_ line: [UInt8]) throws(Fault) {
        do throws(Fault) {
            try open()
            try DatagramSocket.send(line, to: descriptor)
        } catch  where !error.isOfLine {
            // Who listened there may have started anew.
            reset()
            try open()
            do throws(Fault) { try DatagramSocket.send(line, to: descriptor) } catch {
                reset()
                throw error
            }
        }
    }
}
