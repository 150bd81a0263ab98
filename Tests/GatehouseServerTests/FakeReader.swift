import GatehouseCore
import NIOCore
import Synchronization

/// The records that the readers of a test see, and what they do with them.
final class FakeRecords: Sendable {
    struct Refresh: Sendable {
        let key: RecordKey
        let value: [UInt8]
        let expiresIn: Duration
    }

    struct State: Sendable {
        var records: [RecordKey: [UInt8]] = [:]
        var isAvailable = true
        var delay = Duration.zero
        var reads = 0
        var refreshes: [Refresh] = []
        var writes: [Refresh] = []
    }

    private let state = Mutex(State())

    func change(_ body: (inout sending State) -> Void) { state.withLock { body(&$0) } }

    var reads: Int { state.withLock { $0.reads } }
    var refreshes: [Refresh] { state.withLock { $0.refreshes } }
    var writes: [Refresh] { state.withLock { $0.writes } }
    var delay: Duration { state.withLock { $0.delay } }

    func read(_ first: RecordKey, _ second: RecordKey?) -> RecordReading {
        state.withLock { state in
            state.reads += 1
            guard state.isAvailable else { return .unavailable }
            return .values(first: state.records[first], second: second.flatMap { state.records[$0] })
        }
    }

    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        state.withLock { state in
            state.writes.append(Refresh(key: key, value: value, expiresIn: expiresIn))
            if state.isAvailable { state.records[key] = value }
        }
    }

    /// `SET … XX`: what is gone stays gone.
    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        state.withLock { state in
            state.refreshes.append(Refresh(key: key, value: value, expiresIn: expiresIn))
            if state.records[key] != nil { state.records[key] = value }
        }
    }
}

/// One loop's view of `FakeRecords`; answers at once, or after the delay that the test set.
final class FakeReader: RecordReader {
    private let records: FakeRecords
    private let loop: (any EventLoop)?

    /// The loop is needed only for delays.
    init(_ records: FakeRecords, on loop: (any EventLoop)?) {
        self.records = records
        self.loop = loop
    }

    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        let delay = records.delay
        guard delay > .zero, let loop else { return completion(records.read(first, second)) }
        // What stands in the store when it is asked is what comes back later.
        let reading = records.read(first, second)
        loop.assumeIsolated().scheduleTask(in: TimeAmount(delay)) { completion(reading) }
    }

    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.refresh(value, for: key, expiresIn: expiresIn)
    }

    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.write(value, for: key, expiresIn: expiresIn)
    }
}
