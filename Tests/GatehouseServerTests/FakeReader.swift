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
        /// Whether readers with a loop keep what they read, until this is `false` again.
        var isHeld = false
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
    var isHeld: Bool { state.withLock { $0.isHeld } }

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

/// One loop's view of `FakeRecords`; answers at once, after the delay that the test set, or when the test lets it go.
final class FakeReader: RecordReader {
    private let records: FakeRecords
    private let loop: (any EventLoop)?

    /// The loop is needed only for delays and for holding.
    init(_ records: FakeRecords, on loop: (any EventLoop)?) {
        self.records = records
        self.loop = loop
    }

    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        let (delay, isHeld) = (records.delay, records.isHeld)
        guard delay > .zero || isHeld, let loop else { return completion(records.read(first, second)) }
        // What stands in the store when it is asked is what comes back later.
        let reading = records.read(first, second)
        hand(reading, on: loop, after: TimeAmount(delay), completion)
    }

    private func hand(
        _ reading: RecordReading, on loop: any EventLoop, after delay: TimeAmount,
        _ completion: @escaping (RecordReading) -> Void
    ) {
        loop.assumeIsolated().scheduleTask(in: delay) { [self] in
            guard records.isHeld else { return completion(reading) }
            hand(reading, on: loop, after: .milliseconds(5), completion)
        }
    }

    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.refresh(value, for: key, expiresIn: expiresIn)
    }

    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) {
        records.write(value, for: key, expiresIn: expiresIn)
    }
}
