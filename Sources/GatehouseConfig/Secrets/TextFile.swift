private import Glibc

/// Reads small regular files.
enum TextFile {
    /// Why a file cannot be read, in words for the operator.
    struct Unreadable: Error {
        let reason: String
    }

    struct Contents {
        let octets: [UInt8]
        /// The permission bits, like `0o600`.
        let permissions: UInt32
    }

    /// The whole file; more than `limit` octets, and anything but a regular file, is refused.
    static func read(_ path: String, limit: Int) throws(Unreadable) -> Contents {
        guard !path.utf8.contains(0) else { throw Unreadable(reason: "the path has a zero octet in it") }
        // Not blocking: opening a pipe that nobody writes to would wait for ever.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw Unreadable(reason: reason(errno)) }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Unreadable(reason: reason(errno)) }
        guard status.st_mode & S_IFMT == S_IFREG else { throw Unreadable(reason: "is not a regular file") }
        var octets: [UInt8] = []
        var chunk = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe Glibc.read(descriptor, $0.baseAddress, $0.count) }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw Unreadable(reason: reason(errno)) }
            guard count > 0 else { break }
            octets += chunk[..<count]
            guard octets.count <= limit else { throw Unreadable(reason: "has more than \(limit) octets") }
        }
        return Contents(octets: octets, permissions: status.st_mode & 0o777)
    }

    /// Whether something of this name exists and can be reached.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The part before the last slash; `.` without one.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// A path of the file, counted from its folder.
    static func resolve(_ path: String, in folder: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") || folder == "." { return path }
        return folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)"
    }

    private static func reason(_ code: Int32) -> String { unsafe String(cString: strerror(code)) }
}
