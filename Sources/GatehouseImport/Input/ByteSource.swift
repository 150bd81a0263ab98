private import Glibc

/// Octets that come piece by piece.
package protocol ByteSource {
    /// The next piece, of any size; an empty one is the end.
    mutating func chunk() throws(ImportError) -> [UInt8]
}

/// Octets that are in memory already.
package struct MemoryBytes: ByteSource {
    private var rest: ArraySlice<UInt8>
    private let size: Int

    /// Hands them out in pieces of `size` octets.
    package init(_ bytes: [UInt8], pieces size: Int = 65_536) {
        rest = bytes[...]
        self.size = max(1, size)
    }

    package mutating func chunk() -> [UInt8] {
        let piece = rest.prefix(size)
        rest = rest.dropFirst(size)
        return Array(piece)
    }
}

/// An open file; it is closed with the last reference.
package final class FileBytes: ByteSource {
    private let descriptor: Int32
    /// What `head` has read ahead.
    private var ahead: [UInt8] = []

    private static let chunkSize = 65_536

    /// Opens a file, a pipe or a device for reading.
    ///
    /// - Throws: `ImportError.unreadable` with the system's reason.
    package init(path: String) throws(ImportError) {
        guard !path.utf8.contains(0) else { throw .unreadable(reason: "the path holds a NUL") }
        descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unreadable(reason: FileBytes.reason()) }
    }

    deinit { if descriptor >= 0 { close(descriptor) } }

    /// The first octets, at most `limit` and less only if the file is shorter; they will be read all the same.
    package func head(_ limit: Int = 16_384) throws(ImportError) -> [UInt8] {
        while ahead.count < limit {
            let more = try readMore()
            guard !more.isEmpty else { break }
            ahead += more
        }
        return Array(ahead.prefix(limit))
    }

    package func chunk() throws(ImportError) -> [UInt8] {
        guard ahead.isEmpty else {
            defer { ahead = [] }
            return ahead
        }
        return try readMore()
    }

    private func readMore() throws(ImportError) -> [UInt8] {
        var chunk = [UInt8](repeating: 0, count: FileBytes.chunkSize)
        while true {
            let count = unsafe chunk.withUnsafeMutableBytes { unsafe read(descriptor, $0.baseAddress, $0.count) }
            if count >= 0 {
                chunk.removeLast(chunk.count - count)
                return chunk
            }
            guard errno == EINTR else { throw .unreadable(reason: FileBytes.reason()) }
        }
    }

    private static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
