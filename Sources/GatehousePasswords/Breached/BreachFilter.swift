private import Glibc

/// A filter of breached passwords, open for reading.
///
/// One block of 4,096 octets is read for each look-up and nothing is kept. The file is not mapped: one that somebody cuts
/// short under the running daemon is then an error of that look-up and not the end of the process.
package final class BreachFilter: Sendable {
    private let descriptor: Int32
    private let header: BreachFilterFormat.Header

    /// Opens a file that `gatehouse breached build` made and looks at its header, its length and its last block.
    package init(path: String) throws(PasswordsError) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY)
        guard descriptor >= 0 else { throw .file(path: path, reason: "cannot be opened: \(SystemReason.text())") }
        do throws(PasswordsError) {
            header = try BreachFilter.header(descriptor, path: path)
        } catch {
            close(descriptor)
            throw error
        }
        self.descriptor = descriptor
        guard block(header.blocks - 1) != nil else {
            throw .malformed(path: path, reason: "is damaged: the last block's checksum is wrong")
        }
    }

    deinit { close(descriptor) }

    /// How many entries were given when it was built, duplicates included.
    package var entries: UInt64 { header.entries }

    /// Whether a SHA-1 is known; some 6 of 10,000,000 unknown ones are taken for known ones.
    ///
    /// - Returns: `nil` if the file cannot be read or the block is damaged: nobody knows.
    package func contains(_ digest: [UInt8]) -> Bool? {
        guard let entry = BreachFilterFormat.Entry(digest), let block = block(header.block(of: entry)) else {
            return nil
        }
        let bits = entry.bits(seed: header.seed)
        for index in bits.indices where block[bits[index] >> 3] & (1 << UInt8(bits[index] & 7)) == 0 { return false }
        return true
    }

    /// A block of the filter, counted from 0, if it is sound.
    private func block(_ number: UInt64) -> [UInt8]? {
        guard number < header.blocks,
            let block = BreachFilter.read(descriptor, at: (Int(number) + 1) * BreachFilterFormat.blockLength),
            BreachFilterFormat.isSound(block)
        else { return nil }
        return block
    }

    private static func header(
        _ descriptor: Int32, path: String
    ) throws(PasswordsError) -> BreachFilterFormat.Header {
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else {
            throw .file(path: path, reason: "cannot be read: \(SystemReason.text())")
        }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .malformed(path: path, reason: "is not a regular file") }
        guard let block = read(descriptor, at: 0) else {
            throw .file(path: path, reason: "cannot be read: \(SystemReason.text())")
        }
        switch BreachFilterFormat.Header.read(block, fileLength: Int(status.st_size)) {
        case .success(let header): return header
        case .failure(let problem): throw .malformed(path: path, reason: problem.reason)
        }
    }

    /// Up to one block from an offset, fewer octets at the end of the file; `nil` if reading failed.
    private static func read(_ descriptor: Int32, at offset: Int) -> [UInt8]? {
        var block = [UInt8](repeating: 0, count: BreachFilterFormat.blockLength)
        var filled = 0
        while filled < block.count {
            let count = unsafe block.withUnsafeMutableBytes { block in
                guard let start = block.baseAddress else { return -1 }
                return unsafe pread(descriptor, start + filled, block.count - filled, off_t(offset + filled))
            }
            if count < 0, errno == EINTR { continue }
            guard count >= 0 else { return nil }
            guard count > 0 else { break }
            filled += count
        }
        return Array(block.prefix(filled))
    }
}
