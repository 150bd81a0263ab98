private import GatehouseSystem

/// A filter of breached passwords, open for reading.
///
/// One block of 4,096 octets is read for each look-up and nothing is kept. The file is not mapped: one that somebody cuts
/// short under the running daemon is then an error of that look-up and not the end of the process.
package final class BreachFilter: Sendable {
    private let file: OpenFile
    private let header: BreachFilterFormat.Header

    /// Opens a file that `gatehouse breached build` made and looks at its header, its length and its last block.
    package init(path: String) throws(PasswordsError) {
        do { file = try OpenFile(path) } catch { throw .file(path: path, reason: "cannot be opened: \(error)") }
        header = try BreachFilter.header(file, path: path)
        guard block(header.blocks - 1) != nil else {
            throw .malformed(path: path, reason: "is damaged: the last block's checksum is wrong")
        }
    }

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
            let block = try? file.octets(
                at: (Int(number) + 1) * BreachFilterFormat.blockLength, count: BreachFilterFormat.blockLength),
            BreachFilterFormat.isSound(block)
        else { return nil }
        return block
    }

    private static func header(
        _ file: borrowing OpenFile, path: String
    ) throws(PasswordsError) -> BreachFilterFormat.Header {
        let status: FileStatus
        let block: [UInt8]
        do throws(FileFault) {
            status = try file.status()
            guard status.isRegular else { throw .notRegular }
            block = try file.octets(at: 0, count: BreachFilterFormat.blockLength)
        } catch {
            guard error != .notRegular else { throw .malformed(path: path, reason: error.description) }
            throw .file(path: path, reason: "cannot be read: \(error)")
        }
        switch BreachFilterFormat.Header.read(block, fileLength: status.size) {
        case .success(let header): return header
        case .failure(let problem): throw .malformed(path: path, reason: problem.reason)
        }
    }
}
