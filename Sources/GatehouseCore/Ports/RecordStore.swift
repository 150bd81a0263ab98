/// A name in the record store, such as `gh:s:` and 22 characters.
package struct RecordKey: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// What a record may be.
package enum RecordLimits {
    /// The longest value, in octets: no store takes a longer one, and none is read.
    package static let valueBytes = 65_536
}

/// Where sealed records live: Redis, or the embedded store.
///
/// A store knows keys, opaque values and expiry, nothing of sessions; every adapter passes the same conformance suite. A
/// call ends within a second, or within ten for a person's command, whatever happens to the store, and is never repeated by the adapter once it may have counted.
///
/// Somebody else's hand may leave anything under a key. What no store would take, because it is of another type or longer than
/// `RecordLimits.valueBytes`, is read as a value without octets, and its rest is not fetched: no sealed record is that short, so
/// it counts as a broken one, of this key only. Where a set is meant it is an empty one, which the next member replaces.
package protocol RecordStore: Sendable {
    /// The value, or `nil` if there is none or it expired.
    func value(for key: RecordKey) async throws(StoreError) -> [UInt8]?

    /// Writes a value with an expiry of at least one millisecond.
    ///
    /// - Returns: whether the condition held and the value stands.
    /// - Throws: `StoreError.unavailable`, also for a value beyond `RecordLimits.valueBytes`.
    func write(
        _ value: [UInt8], for key: RecordKey, expiresIn: Duration, when condition: WriteCondition
    ) async throws(StoreError) -> Bool

    /// Removes keys; unknown ones are no error.
    func remove(_ keys: [RecordKey]) async throws(StoreError)

    /// Adds a member to a set and moves the set's expiry to at least `expiresIn` from now.
    func addMember(_ member: [UInt8], to key: RecordKey, expiresIn: Duration) async throws(StoreError)

    /// Removes a member from a set; an unknown one is no error.
    func removeMember(_ member: [UInt8], from key: RecordKey) async throws(StoreError)

    /// The members of a set in no order; empty if there is none.
    func members(of key: RecordKey) async throws(StoreError) -> [[UInt8]]

    /// Asks whether the store answers at all: readiness.
    func ping() async throws(StoreError)
}

/// When a write counts.
package enum WriteCondition: Equatable, Sendable {
    case always
    case ifMissing
    /// A record that was removed is never written back.
    case ifPresent
    /// The stored value is still exactly this one.
    case ifEqual([UInt8])
}

/// The store gave no answer in time: answer 503, never "allow".
package enum StoreError: Error, Equatable, CustomStringConvertible {
    case unavailable(reason: String)

    package var description: String {
        switch self {
        case .unavailable(let reason): reason
        }
    }

    /// The value that was to be written is longer than any store takes.
    package static let tooLarge = StoreError.unavailable(
        reason: "the value is larger than \(RecordLimits.valueBytes) octets")
}

/// One event loop's own access to the store: no lock, no hop, no `await`.
///
/// Lives and is used on one event loop only.
package protocol RecordReader: AnyObject, SendableMetatype {
    /// Two records that need not be asked for, since the reader knows that they are true; `nil` if the store has to be asked.
    func held(_ first: RecordKey, _ second: RecordKey) -> (first: [UInt8], second: [UInt8])?

    /// Reads one or two records in one round trip.
    ///
    /// `completion` is called once, on the same loop, possibly before `read` returns; within 1 s.
    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void)

    /// Writes a record if it is still there, without waiting for the outcome; one beyond `RecordLimits.valueBytes` is not sent.
    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration)

    /// Writes a record, without waiting for the outcome: only what may be lost; the same limit holds.
    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration)
}

extension RecordReader {
    /// Nothing: the store is asked each time.
    package func held(_ first: RecordKey, _ second: RecordKey) -> (first: [UInt8], second: [UInt8])? { nil }
}

/// What `RecordReader.read` brings.
package enum RecordReading: Sendable {
    /// The values; the second one is `nil` also if it was not asked for. What cannot be a record is one without octets.
    case values(first: [UInt8]?, second: [UInt8]?)
    case unavailable
}
