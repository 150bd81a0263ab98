/// How far the clocks of a place are ahead of UTC, at any moment.
package struct ZoneRules: Hashable, Sendable {
    /// When the offset changes, in seconds since 1970, in their order.
    private let changes: [Int64]
    /// The offset in seconds before the first change, and after each.
    private let offsets: [Int32]
    /// What holds after the last change; `nil` if nothing changes any more.
    private let rest: YearlyRule?

    package static let utc = ZoneRules(fixed: 0)

    private init(fixed seconds: Int32) {
        changes = []
        offsets = [seconds]
        rest = nil
    }

    /// A fixed offset as RFC 3339 writes it: `+01:00`, `-03:30`; `nil` for anything else.
    package init?(offset text: Span<UInt8>) {
        guard text.count == 6, text[0] == UInt8(ascii: "+") || text[0] == UInt8(ascii: "-"),
            text[3] == UInt8(ascii: ":"),
            let hours = ASCII.decimal(text.extracting(1..<3), limit: 23),
            let minutes = ASCII.decimal(text.extracting(4..<6), limit: 59)
        else { return nil }
        let seconds = Int32(hours * 3_600 + minutes * 60)
        self.init(fixed: text[0] == UInt8(ascii: "-") ? -seconds : seconds)
    }

    /// How many seconds the clocks are ahead of UTC.
    package func offset(at moment: Timestamp) -> Int {
        let seconds = moment.wholeSeconds
        if let rest, changes.last.map({ $0 <= seconds }) ?? true { return rest.offset(at: seconds) }
        var (low, high) = (0, changes.count)
        while low < high {
            let middle = low + (high - low) / 2
            if changes[middle] <= seconds { low = middle + 1 } else { high = middle }
        }
        return Int(offsets[low])
    }
}

extension ZoneRules {
    /// The most octets of a file that is looked at; the largest one of the time zone database has under 4,000.
    package static let maxFileLength = 65_536

    /// Takes a file of the time zone database, in version 2 or later; `nil` for anything else, and for one with leap seconds.
    ///
    /// - Source: RFC 9636, section 3.
    package init?(file: [UInt8]) {
        var reader = ZoneFile(file)
        // The first part has times of 32 bits, for readers of long ago.
        guard file.count <= ZoneRules.maxFileLength, let old = reader.header(), reader.skip(old.length(timeSize: 4)),
            let header = reader.header(), header.leaps == 0, (1...256).contains(header.types)
        else { return nil }
        guard let changes = reader.times(header.times), let indices = reader.octets(header.times),
            let types = reader.offsets(header.types), reader.skip(header.letters + header.standard + header.universal),
            let footer = reader.footer()
        else { return nil }
        for (earlier, later) in zip(changes, changes.dropFirst()) where earlier >= later { return nil }
        var offsets = [types[0]]
        for index in indices {
            guard types.indices.contains(Int(index)) else { return nil }
            offsets.append(types[Int(index)])
        }
        self.changes = changes
        self.offsets = offsets
        if footer.isEmpty {
            rest = nil
        } else {
            guard let rule = YearlyRule(footer) else { return nil }
            rest = rule
        }
    }
}

/// Reads a file of the time zone database from its start.
private struct ZoneFile {
    private let file: [UInt8]
    private var position = 0

    init(_ file: [UInt8]) { self.file = file }

    struct Header {
        let universal: Int
        let standard: Int
        let leaps: Int
        let times: Int
        let types: Int
        let letters: Int

        /// Of what follows, with times of so many octets.
        func length(timeSize: Int) -> Int {
            times * (timeSize + 1) + types * 6 + letters + leaps * (timeSize + 4) + standard + universal
        }
    }

    mutating func octets(_ count: Int) -> ArraySlice<UInt8>? {
        guard count >= 0, count <= file.count - position else { return nil }
        defer { position += count }
        return file[position..<(position + count)]
    }

    mutating func skip(_ count: Int) -> Bool { octets(count) != nil }

    /// A whole number, the highest octet first.
    private mutating func number(_ size: Int) -> UInt64? { octets(size)?.reduce(0) { $0 << 8 | UInt64($1) } }

    mutating func header() -> Header? {
        guard let magic = octets(4), magic.elementsEqual("TZif".utf8), let version = octets(1)?.first,
            version >= UInt8(ascii: "2"), skip(15)
        else { return nil }
        var counts: [Int] = []
        for _ in 0..<6 {
            guard let count = number(4), count <= ZoneRules.maxFileLength else { return nil }
            counts.append(Int(count))
        }
        return Header(
            universal: counts[0], standard: counts[1], leaps: counts[2], times: counts[3], types: counts[4],
            letters: counts[5])
    }

    mutating func times(_ count: Int) -> [Int64]? {
        var times: [Int64] = []
        for _ in 0..<count {
            guard let time = number(8) else { return nil }
            times.append(Int64(bitPattern: time))
        }
        return times
    }

    /// The offset of each type of local time, less than 26 hours.
    mutating func offsets(_ count: Int) -> [Int32]? {
        var offsets: [Int32] = []
        for _ in 0..<count {
            guard let value = number(4), skip(2) else { return nil }
            let offset = Int32(bitPattern: UInt32(truncatingIfNeeded: value))
            guard (-93_599...93_599).contains(offset) else { return nil }
            offsets.append(offset)
        }
        return offsets
    }

    /// What stands between the two line breaks at the end.
    mutating func footer() -> [UInt8]? {
        guard let rest = octets(file.count - position), rest.count >= 2, rest.first == 0x0A, rest.last == 0x0A else {
            return nil
        }
        return Array(rest.dropFirst().dropLast())
    }
}
