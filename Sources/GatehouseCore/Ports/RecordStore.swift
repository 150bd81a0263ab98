/// A name in the record store, such as `gh:s:` and 22 characters.
package struct RecordKey: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]
    package init(_ bytes: [UInt8]) { self.bytes = bytes }
    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// Where sealed records live: Redis, or the embedded store.
///
/// A store knows keys, opaque values and expiry, nothing of sessions; every adapter passes the same conformance suite. A
/// call ends within a second, whatever happens to the store, and is never repeated by the adapter once it may have counted.
package protocol RecordStore: Sendable {
    /// The value, or `nil` if there is none or it expired.
    func value(for key: RecordKey) async throws(StoreError) -> [UInt8]?

    /// Writes a value with an expiry of at least one millisecond.
    ///
    /// - Returns: whether the condition held and the value stands.
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
package enum StoreError: Error, Equatable {
    case unavailable(reason: String)
}

/// One event loop's own access to the store: no lock, no hop, no `await`.
///
/// Lives and is used on one event loop only.
package protocol RecordReader: AnyObject, SendableMetatype {
    /// Reads one or two records in one round trip.
    ///
    /// `completion` is called once, on the same loop, possibly before `read` returns; within 1 s.
    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void)

    /// Writes a record if it is still there, without waiting for the outcome.
    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration)

    /// Writes a record, without waiting for the outcome: only what may be lost.
    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration)
}

/// What `RecordReader.read` brings.
package enum RecordReading: Sendable {
    /// The values; the second one is `nil` also if it was not asked for.
    case values(first: [UInt8]?, second: [UInt8]?)
    case unavailable
}
