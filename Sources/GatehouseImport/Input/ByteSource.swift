private import GatehouseSystem

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
    private let file: OpenFile
    /// What `head` has read ahead.
    private var ahead: [UInt8] = []

    /// Opens a file, a pipe or a device for reading.
    ///
    /// - Throws: `ImportError.unreadable` with the system's reason.
    package init(path: String) throws(ImportError) {
        do { file = try OpenFile(path, waits: true) } catch { throw .unreadable(reason: error.description) }
    }

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
        do { return try file.piece() } catch { throw .unreadable(reason: error.description) }
    }
}
