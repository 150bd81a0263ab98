private import GatehouseCore
internal import GatehouseSystem
private import Glibc

/// Makes a filter of breached passwords from a list, in two passes over it: one counts, one fills.
package enum BreachFilterBuilder {
    /// What the lines of the list are.
    package enum Form: Sendable {
        /// SHA-1 in 40 hexadecimal digits, alone or followed by a colon and anything (`HASH:count`).
        case hashes
        /// The passwords themselves.
        case passwords
    }

    /// How far the work is.
    package enum Progress: Equatable, Sendable {
        case counting(octets: Int, of: Int)
        case filling(octets: Int, of: Int)
        case sealing(blocks: Int, of: Int)
    }

    /// What was made.
    package struct Summary: Equatable, Sendable {
        /// Duplicates included.
        package let entries: Int
        /// The size of the file.
        package let octets: Int
    }

    /// Reads `input` and writes `output` in one step: readers see the old file or the whole new one.
    ///
    /// Takes as much disk as the filter has, 3.75 octets per entry, and no memory of its own to speak of: the filter is a
    /// mapped file that the kernel writes out as it likes. Unsorted lists that exceed the memory are slow.
    ///
    /// - Throws: `PasswordsError`; nothing is left behind then, and `output` is as it was.
    package static func build(
        input: String, output: String, form: Form, progress: (Progress) -> Void
    ) throws(PasswordsError) -> Summary {
        let list = try InputFile(input)
        let size = list.count
        let capacity = try list.lineCount { progress(.counting(octets: $0, of: size)) }
        let header = BreachFilterFormat.Header(entries: UInt64(capacity), seed: seed)
        let fresh = "\(output).new"
        do throws(PasswordsError) {
            var file = try BreachFilterFile(path: fresh, header: header)
            var entries = 0
            try list.forEachLine { (line: Span<UInt8>, number: Int) throws(PasswordsError) in
                guard !line.isEmpty else { return }
                let entry = try entry(line, number, path: input, form: form)
                guard let entry else { return }
                guard entries < capacity else {
                    throw .malformed(path: input, reason: "grew while it was read")
                }
                file.insert(entry)
                entries += 1
            } progress: {
                progress(.filling(octets: $0, of: size))
            }
            guard entries > 0 else { throw .malformed(path: input, reason: "has no entries") }
            try file.seal { progress(.sealing(blocks: $0, of: $1)) }
            guard unsafe rename(fresh, output) == 0 else {
                throw .file(path: output, reason: "cannot be replaced: \(SystemReason.text())")
            }
            return Summary(entries: entries, octets: header.fileLength)
        } catch {
            _ = unsafe unlink(fresh)
            throw error
        }
    }

    /// The same list makes the same file; nobody gains anything by knowing the bits.
    private static let seed: UInt64 = 0x6761_7465_686F_7573

    /// The entry of a line; `nil` for a password that is too long to be one.
    private static func entry(
        _ line: Span<UInt8>, _ number: Int, path: String, form: Form
    ) throws(PasswordsError) -> BreachFilterFormat.Entry? {
        switch form {
        case .passwords:
            guard line.count <= Password.maxLength else { return nil }
            guard let digest = SHA1.digest(line.array) else { throw .crypto }
            return BreachFilterFormat.Entry(digest)
        case .hashes:
            var words: InlineArray<3, UInt64> = InlineArray(repeating: 0)
            guard line.count == 40 || line.count > 40 && line[40] == UInt8(ascii: ":") else {
                throw .line(path: path, number: number, reason: notAHash)
            }
            for index in 0..<40 {
                guard let digit = ASCII.hexValue(line[index]) else {
                    throw .line(path: path, number: number, reason: notAHash)
                }
                words[index >> 4] = words[index >> 4] << 4 | UInt64(digit)
            }
            return BreachFilterFormat.Entry(prefix: words[0], middle: words[1], rest: words[2])
        }
    }

    private static let notAHash =
        "must be a SHA-1 in 40 hexadecimal digits, alone or followed by a colon (for passwords themselves: --plain)"
}
