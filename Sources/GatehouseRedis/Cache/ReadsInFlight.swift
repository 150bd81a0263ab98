internal import GatehouseCore

/// Questions to the store that have no answer yet, who waits for each, and whether its answer may still be kept.
///
/// A question that something was heard about meanwhile is served and not kept, and nobody joins it any more: its answer may have
/// been written before what was heard.
struct ReadsInFlight<Waiter> {
    /// Names a question; none is used twice.
    struct Number: Hashable {
        fileprivate let value: UInt64
    }

    private var waiters: [Number: [Waiter]] = [:]
    /// The question of each key whose answer may be kept.
    private var sound: [RecordKey: Number] = [:]
    private var last: UInt64 = 0

    /// Joins a question that is under way; `false` if there is none, or none that may be joined.
    mutating func join(_ key: RecordKey, _ waiter: Waiter) -> Bool {
        guard let number = sound[key] else { return false }
        waiters[number, default: []].append(waiter)
        return true
    }

    /// Notes a question that is asked now.
    mutating func begin(_ key: RecordKey, _ waiter: Waiter) -> Number {
        last &+= 1
        let number = Number(value: last)
        waiters[number] = [waiter]
        sound[key] = number
        return number
    }

    /// Takes the answer to a question.
    ///
    /// - Returns: who waited for it, and whether it may be kept.
    mutating func end(_ number: Number, of key: RecordKey) -> (waiters: [Waiter], isSound: Bool) {
        let isSound = sound[key] == number
        if isSound { sound[key] = nil }
        return (waiters.removeValue(forKey: number) ?? [], isSound)
    }

    /// Something was heard of a key.
    mutating func disturb(_ key: RecordKey) { sound[key] = nil }

    /// Nothing that is under way may be kept.
    mutating func disturbAll() { sound.removeAll() }
}
