import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import Testing

/// A reader that keeps what it is told to keep.
private final class KeepingReader: RecordReader {
    private let records: FakeRecords
    var kept: [RecordKey: [UInt8]] = [:]

    init(_ records: FakeRecords) { self.records = records }

    func held(_ first: RecordKey, _ second: RecordKey) -> (first: [UInt8], second: [UInt8])? {
        guard let one = kept[first], let other = kept[second] else { return nil }
        return (one, other)
    }

    func read(_ first: RecordKey, _ second: RecordKey?, completion: @escaping (RecordReading) -> Void) {
        completion(records.read(first, second))
    }

    func refresh(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) { kept[key] = nil }
    func write(_ value: [UInt8], for key: RecordKey, expiresIn: Duration) { kept[key] = nil }
}

@Suite("Records that the reader keeps")
struct HeldRecordsTests {
    @Test(
        "answer a check without a question; others, and changed ones, are asked for; the session's end counts by its clock"
    )
    func held() async throws {
        let fixture = try CheckFixture()
        let reader = KeepingReader(fixture.records)
        let engine = try fixture.makeEngine(reader)
        func ask(_ cookie: String) throws -> Int {
            let wire = try #require(
                try engine.answer(to: Array(Wire.forward("/x", cookie: cookie).utf8), peer: IPAddress("127.0.0.1")))
            return CheckResponse(wire: wire).status
        }
        let cookie = try await fixture.signIn()
        #expect(try ask(cookie) == 200 && fixture.records.reads == 2)
        reader.kept = fixture.store.dump
        for _ in 0..<5 { #expect(try ask(cookie) == 200) }
        #expect(fixture.records.reads == 2)

        // Half of it is not enough, and what differs from what was decoded is opened anew.
        reader.kept = reader.kept.filter { $0.key.description.hasPrefix("gh:s:") }
        #expect(try ask(cookie) == 200 && fixture.records.reads == 3)
        reader.kept = fixture.store.dump.mapValues { $0 + [1] }
        #expect(try ask(cookie) == 200 && fixture.records.reads == 4)

        reader.kept = fixture.store.dump
        fixture.clock.advance(by: .seconds(600))
        #expect(try ask(cookie) == 401 && fixture.records.reads == 4)
    }
}
