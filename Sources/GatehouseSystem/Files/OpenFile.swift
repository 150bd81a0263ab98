private import Glibc

/// A file that is open for reading; it is closed when this goes.
package struct OpenFile: ~Copyable, Sendable {
    private let descriptor: Int32

    private static let pieceLength = 65_536

    /// Opens a file.
    ///
    /// - Parameters:
    ///   - path: where it lies.
    ///   - waits: whether a pipe may be waited for until somebody writes to it; without, opening never blocks, and what turns out
    ///     not to be a regular file is not to be read.
    /// - Throws: `FileFault` with the system's reason.
    package init(_ path: String, waits: Bool = false) throws(FileFault) {
        guard !path.utf8.contains(0) else { throw .zeroOctet }
        let flags = waits ? O_RDONLY | O_CLOEXEC | O_NOCTTY : O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK
        let opened = unsafe open(path, flags)
        guard opened >= 0 else { throw .system(errno) }
        descriptor = opened
    }

    deinit { close(descriptor) }

    /// What the file is now.
    package func status() throws(FileFault) -> FileStatus {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw .system(errno) }
        return FileStatus(status)
    }

    /// Fills a buffer from its beginning, as far as there is something at hand.
    ///
    /// - Returns: how many octets came; 0 at the end of the file.
    package func read(into buffer: inout [UInt8]) throws(FileFault) -> Int {
        while true {
            let count = unsafe buffer.withUnsafeMutableBytes {
                unsafe Glibc.read(descriptor, $0.baseAddress, $0.count)
            }
            if count >= 0 { return count }
            guard errno == EINTR else { throw .system(errno) }
        }
    }

    /// The next octets, as many as are at hand; none at the end of the file.
    package func piece() throws(FileFault) -> [UInt8] {
        var piece = [UInt8](repeating: 0, count: OpenFile.pieceLength)
        let count = try read(into: &piece)
        piece.removeLast(piece.count - count)
        return piece
    }

    /// Everything up to the end of the file.
    ///
    /// - Throws: `FileFault.tooLong` beyond the limit, in octets.
    package func readAll(limit: Int) throws(FileFault) -> [UInt8] {
        var octets: [UInt8] = []
        var piece = [UInt8](repeating: 0, count: OpenFile.pieceLength)
        while true {
            let count = try read(into: &piece)
            guard count > 0 else { return octets }
            octets += piece[..<count]
            guard octets.count <= limit else { throw .tooLong(limit: limit) }
        }
    }

    /// Octets from a place on, fewer at the end of the file; where the file is read on does not change.
    package func octets(at offset: Int, count: Int) throws(FileFault) -> [UInt8] {
        var octets = [UInt8](repeating: 0, count: count)
        var filled = 0
        while filled < count {
            let count = unsafe octets.withUnsafeMutableBytes { octets in
                let rest = unsafe UnsafeMutableRawBufferPointer(rebasing: octets[filled...])
                return unsafe pread(descriptor, rest.baseAddress, rest.count, off_t(offset + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { throw .system(errno) }
            guard count > 0 else { break }
            filled += count
        }
        octets.removeLast(octets.count - filled)
        return octets
    }

    /// Goes back to the beginning.
    package func rewind() throws(FileFault) {
        guard lseek(descriptor, 0, SEEK_SET) == 0 else { throw .system(errno) }
    }
}
