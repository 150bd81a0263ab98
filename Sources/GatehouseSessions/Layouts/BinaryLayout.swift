internal import GatehouseCore

/// Writes the fixed binary layout of a record: integers in network order, text with a length in front.
struct LayoutWriter {
    private(set) var bytes: [UInt8]

    init(version: UInt8) { bytes = [version] }

    mutating func write(_ flag: Bool) { bytes.append(flag ? 1 : 0) }

    mutating func write(_ value: UInt64) {
        for shift in stride(from: UInt64(56), through: 0, by: -8) {
            bytes.append(UInt8(truncatingIfNeeded: value >> shift))
        }
    }

    mutating func write(_ moment: Timestamp) { write(UInt64(bitPattern: moment.milliseconds)) }
    mutating func write(_ duration: Duration) { write(UInt64(bitPattern: duration.wholeMilliseconds)) }

    /// - Throws: `SessionError.tooLarge` beyond 65,535 octets.
    mutating func write(_ text: UTF8Text) throws(SessionError) { try write(octets: text.bytes) }

    /// - Throws: `SessionError.tooLarge` beyond 65,535 octets.
    mutating func write(octets: [UInt8]) throws(SessionError) {
        try writeCount(octets.count)
        bytes += octets
    }

    mutating func write<Kind>(_ names: [Name<Kind>]) throws(SessionError) {
        try writeCount(names.count)
        for name in names { try write(name.text) }
    }

    mutating func write(_ texts: [UTF8Text]) throws(SessionError) {
        try writeCount(texts.count)
        for text in texts { try write(text) }
    }

    mutating func write(optional text: UTF8Text?) throws(SessionError) {
        write(text != nil)
        if let text { try write(text) }
    }

    mutating func write(_ grants: [ObjectGrant]) throws(SessionError) {
        try writeCount(grants.count)
        for grant in grants {
            try write(grant.permission.text)
            try write(grant.object.kind)
            try write(grant.object.id)
        }
    }

    mutating func write(_ credential: Octets16?) {
        write(credential != nil)
        guard let credential else { return }
        write(credential.high)
        write(credential.low)
    }

    private mutating func writeCount(_ count: Int) throws(SessionError) {
        guard let count = UInt16(exactly: count) else { throw .tooLarge }
        bytes.append(UInt8(count >> 8))
        bytes.append(UInt8(truncatingIfNeeded: count))
    }
}

/// Reads what `LayoutWriter` wrote; once something is missing every further value is `nil`.
struct LayoutReader {
    /// Says which fields follow.
    let version: UInt8
    private let bytes: [UInt8]
    private var position = 1

    /// - Returns: `nil` if the record is of none of these versions.
    init?(_ bytes: [UInt8], _ versions: ClosedRange<UInt8>) {
        guard let version = bytes.first, versions.contains(version) else { return nil }
        self.version = version
        self.bytes = bytes
    }

    /// Whether every octet was read: a record with anything left is refused.
    var isFinished: Bool { position == bytes.count }

    mutating func flag() -> Bool? {
        guard position < bytes.count, bytes[position] <= 1 else { return nil }
        defer { position += 1 }
        return bytes[position] == 1
    }

    mutating func integer() -> UInt64? {
        guard bytes.count - position >= 8 else { return nil }
        var value: UInt64 = 0
        for offset in 0..<8 { value = value << 8 | UInt64(bytes[position + offset]) }
        position += 8
        return value
    }

    mutating func timestamp() -> Timestamp? { integer().map { Timestamp(milliseconds: Int64(bitPattern: $0)) } }
    mutating func duration() -> Duration? { integer().map { .milliseconds(Int64(bitPattern: $0)) } }

    mutating func text() -> UTF8Text? { octets().map(UTF8Text.init(wellFormed:)) }

    mutating func octets() -> [UInt8]? {
        guard let count = count(), bytes.count - position >= count else { return nil }
        defer { position += count }
        return Array(bytes[position..<(position + count)])
    }

    mutating func names<Kind>() -> [Name<Kind>]? {
        guard let count = count() else { return nil }
        var names: [Name<Kind>] = []
        for _ in 0..<count {
            guard let text = text() else { return nil }
            names.append(Name(text))
        }
        return names
    }

    mutating func texts() -> [UTF8Text]? {
        guard let count = count() else { return nil }
        var texts: [UTF8Text] = []
        for _ in 0..<count {
            guard let text = text() else { return nil }
            texts.append(text)
        }
        return texts
    }

    /// What stands there, which may be nothing; `nil` if octets are missing.
    mutating func optionalText() -> OptionalText? {
        guard let isThere = flag() else { return nil }
        guard isThere else { return OptionalText(text: nil) }
        return text().map { OptionalText(text: $0) }
    }

    struct OptionalText {
        let text: UTF8Text?
    }

    mutating func grants() -> [ObjectGrant]? {
        guard let count = count() else { return nil }
        var grants: [ObjectGrant] = []
        for _ in 0..<count {
            guard let permission = text(), let kind = text(), let id = text() else { return nil }
            grants.append(ObjectGrant(PermissionName(permission), on: ObjectReference(kind: kind, id: id)))
        }
        return grants
    }

    /// What stands there, which may be nothing; `nil` if octets are missing.
    mutating func credential() -> Credential? {
        guard let isThere = flag() else { return nil }
        guard isThere else { return Credential(value: nil) }
        guard let high = integer(), let low = integer() else { return nil }
        return Credential(value: Octets16(high: high, low: low))
    }

    struct Credential {
        let value: Octets16?
    }

    private mutating func count() -> Int? {
        guard bytes.count - position >= 2 else { return nil }
        defer { position += 2 }
        return Int(bytes[position]) << 8 | Int(bytes[position + 1])
    }
}
