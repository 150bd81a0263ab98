internal import GatehouseCore
internal import NIOCore

/// Copies of records, bounded in octets; which of them may be used, and when, is `CoherentCache`'s matter.
///
/// Who leaves when there is no room is decided by the clock algorithm: a hand goes round, spares once whoever was used since it
/// last came by, and takes the next one. A use costs a flag, and nothing is moved.
struct RecordCopies {
    private struct Copy {
        let key: RecordKey
        var value: [UInt8]
        var readAt: NIODeadline
        var wasUsed = false

        var octets: Int { RecordCopies.octets(of: value, for: key) }
    }

    private var places: [RecordKey: Int] = [:]
    private var copies: [Copy?] = []
    private var free: [Int] = []
    private var hand = 0
    private(set) var octets = 0
    private let maxOctets: Int
    /// How old a copy may become, whatever is known of it.
    private let maxAge: TimeAmount

    /// What the headers of two arrays, a place and the room between take, about.
    private static let overhead = 192

    init(maxOctets: Int, maxAge: TimeAmount) {
        self.maxOctets = maxOctets
        self.maxAge = maxAge
    }

    var count: Int { places.count }

    static func octets(of value: [UInt8], for key: RecordKey) -> Int {
        overhead + key.bytes.count + value.count
    }

    /// The copy, unless it has become too old; without a moment however old it is.
    mutating func value(for key: RecordKey, _ now: NIODeadline?) -> [UInt8]? {
        guard let place = places[key], let copy = copies[place] else { return nil }
        if let now, now >= copy.readAt + maxAge {
            remove(key)
            return nil
        }
        copies[place]?.wasUsed = true
        return copy.value
    }

    /// Keeps a copy of what was read; `readAt` is when the question was asked, so that no copy seems younger than it is.
    mutating func keep(_ value: [UInt8], for key: RecordKey, readAt: NIODeadline) {
        remove(key)
        let copy = Copy(key: key, value: value, readAt: readAt)
        guard copy.octets <= maxOctets else { return }
        while octets + copy.octets > maxOctets, removeNext() {}
        octets += copy.octets
        if let place = free.popLast() {
            copies[place] = copy
            places[key] = place
        } else {
            places[key] = copies.count
            copies.append(copy)
        }
    }

    mutating func remove(_ key: RecordKey) {
        guard let place = places.removeValue(forKey: key), let copy = copies[place] else { return }
        octets -= copy.octets
        copies[place] = nil
        free.append(place)
    }

    /// Forgets everything, and gives the memory back.
    mutating func removeAll() { self = RecordCopies(maxOctets: maxOctets, maxAge: maxAge) }

    /// Removes the first one that was not used since the hand came by; `false` if there is nothing left.
    private mutating func removeNext() -> Bool {
        guard !places.isEmpty else { return false }
        while true {
            if hand >= copies.count { hand = 0 }
            let place = hand
            hand += 1
            guard let copy = copies[place] else { continue }
            guard copy.wasUsed else {
                remove(copy.key)
                return true
            }
            copies[place]?.wasUsed = false
        }
    }
}
