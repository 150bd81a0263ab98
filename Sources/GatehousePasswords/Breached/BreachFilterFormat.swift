private import GatehouseCrypto

/// The file that `gatehouse breached build` makes: a blocked Bloom filter.
///
/// The file is a row of blocks of 4,096 octets: one header, then the filter. The last 8 octets of every block are the first
/// 8 of the SHA-256 of the rest. Header, integers little-endian: `GHBREACH`, version (4 octets), hashes per entry (4), seed
/// (8), entries (8), blocks of the filter (8), zeros.
///
/// An entry is a SHA-1. Its first 8 octets choose the block; from the others and the seed come 20 bits of the block, all of
/// which are set for an entry. With 30 bits per entry, 1 of 1,800,000 unknown passwords is taken for a known one: (1 −
/// e^(−20/30))^20 = 5.5·10⁻⁷, and 6·10⁻⁷ with the blocks' uneven load. A look-up reads one block. Sorted input, like the
/// published lists, fills the blocks one after another.
enum BreachFilterFormat {
    static let magic = Array("GHBREACH".utf8)
    static let version: UInt32 = 1
    static let hashes: UInt32 = 20
    static let blockLength = 4_096
    static let checksumLength = 8
    static let bodyLength = blockLength - checksumLength
    static let bitsPerBlock = UInt64(bodyLength * 8)
    static let bitsPerEntry: UInt64 = 30
    /// A filter of 4 PiB is none.
    static let maxBlocks: UInt64 = 1 << 40

    struct Header: Equatable {
        let seed: UInt64
        let entries: UInt64
        let blocks: UInt64

        /// For `entries` entries at most.
        init(entries: UInt64, seed: UInt64) {
            self.entries = entries
            self.seed = seed
            let (bits, overflow) = entries.multipliedReportingOverflow(by: bitsPerEntry)
            blocks = overflow ? maxBlocks : min(max(1, (bits / bitsPerBlock) &+ 1), maxBlocks)
        }

        /// Reads the first block of a file of `fileLength` octets.
        ///
        /// - Returns: what is wrong with it, for the operator, in place of a header.
        static func read(_ block: [UInt8], fileLength: Int) -> Result<Header, Malformed> {
            guard block.starts(with: magic) else { return .failure(Malformed("is no filter of breached passwords")) }
            guard block.count == blockLength else { return .failure(Malformed("was cut short")) }
            let found = UInt32(truncatingIfNeeded: integer(block, at: 8, octets: 4))
            guard found == version else {
                return .failure(Malformed("has version \(found) of the format, known is \(version); build it anew"))
            }
            guard isSound(block) else { return .failure(Malformed("is damaged: the header's checksum is wrong")) }
            let header = Header(
                seed: integer(block, at: 16, octets: 8), entries: integer(block, at: 24, octets: 8),
                blocks: integer(block, at: 32, octets: 8))
            guard integer(block, at: 12, octets: 4) == UInt64(hashes), header.blocks >= 1, header.blocks <= maxBlocks
            else { return .failure(Malformed("is damaged: the header is impossible")) }
            guard fileLength == header.fileLength else {
                return .failure(
                    Malformed("was cut short or added to: has \(fileLength) octets, should have \(header.fileLength)"))
            }
            return .success(header)
        }

        private init(seed: UInt64, entries: UInt64, blocks: UInt64) {
            self.seed = seed
            self.entries = entries
            self.blocks = blocks
        }

        var fileLength: Int { (Int(blocks) + 1) * blockLength }

        /// The first block without its checksum.
        var body: [UInt8] {
            var body = magic
            append(UInt64(version), octets: 4, to: &body)
            append(UInt64(hashes), octets: 4, to: &body)
            for value in [seed, entries, blocks] { append(value, octets: 8, to: &body) }
            return body + [UInt8](repeating: 0, count: bodyLength - body.count)
        }

        /// The block of the filter, counted from 0, in which an entry is.
        func block(of entry: Entry) -> UInt64 { entry.prefix.multipliedFullWidth(by: blocks).high }
    }

    struct Malformed: Error {
        let reason: String
        init(_ reason: String) { self.reason = reason }
    }

    /// A SHA-1 in the form that the filter needs.
    struct Entry {
        let prefix: UInt64
        private let middle: UInt64
        private let rest: UInt64

        /// `nil` unless there are 20 octets.
        init?(_ digest: [UInt8]) {
            guard digest.count == SHA1.length else { return nil }
            func number(_ range: Range<Int>) -> UInt64 { digest[range].reduce(0) { $0 << 8 | UInt64($1) } }
            self.init(prefix: number(0..<8), middle: number(8..<16), rest: number(16..<20))
        }

        init(prefix: UInt64, middle: UInt64, rest: UInt64) {
            self.prefix = prefix
            self.middle = middle
            self.rest = rest
        }

        /// The bits of the block, two from each step of SplitMix64 (Steele, Lea, Flood 2014).
        func bits(seed: UInt64) -> InlineArray<20, Int> {
            var state = middle ^ seed ^ (rest << 32 | rest)
            var word: UInt64 = 0
            return InlineArray { (index: Int) in
                if index & 1 == 0 {
                    state &+= 0x9E37_79B9_7F4A_7C15
                    word = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
                    word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
                    word ^= word >> 31
                } else {
                    word >>= 32
                }
                return Int(((word & 0xFFFF_FFFF) &* bitsPerBlock) >> 32)
            }
        }
    }

    /// The first 8 octets of the SHA-256 of a block's body.
    static func checksum(_ body: [UInt8]) -> [UInt8]? {
        guard let digest = try? Digest.sha256(body) else { return nil }
        return Array(digest.prefix(checksumLength))
    }

    /// Whether a block is as it was written.
    static func isSound(_ block: [UInt8]) -> Bool {
        guard block.count == blockLength, let sum = checksum(Array(block.prefix(bodyLength))) else { return false }
        return Array(block.suffix(checksumLength)) == sum
    }

    private static func integer(_ block: [UInt8], at start: Int, octets: Int) -> UInt64 {
        block[start..<start + octets].reversed().reduce(0) { $0 << 8 | UInt64($1) }
    }

    private static func append(_ value: UInt64, octets: Int, to body: inout [UInt8]) {
        for index in 0..<octets { body.append(UInt8(truncatingIfNeeded: value >> UInt64(8 * index))) }
    }
}
