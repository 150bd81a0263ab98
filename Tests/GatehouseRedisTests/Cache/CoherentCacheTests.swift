import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("Copies that are kept true")
struct CoherentCacheTests {
    private let a = RecordKey("a")
    private let b = RecordKey("b")
    private func at(_ milliseconds: Int64) -> NIODeadline { LinkRig.deadline(milliseconds) }

    /// One whose tracking is on since the first second.
    private func tracked(grace: TimeAmount = .zero) -> CoherentCache<Int> {
        var cache = CoherentCache<Int>(maxOctets: 1 << 20, grace: grace)
        track(&cache, 1_000)
        return cache
    }

    private func track(_ cache: inout CoherentCache<Int>, _ time: Int64) {
        _ = cache.tell { $0.connected(.data, at(time)) }
        _ = cache.tell { $0.connected(.pushes, at(time)) }
        _ = cache.tell { $0.subscribed(as: 1, at(time)) }
        _ = cache.tell { $0.accepted(at(time)) }
        _ = cache.tell { $0.cameBack(at(time)) }
    }

    private func ask(_ cache: inout CoherentCache<Int>, _ key: RecordKey) throws -> ReadsInFlight<Int>.Number {
        guard case .ask(let number) = cache.question(key, 1) else { throw StoreError.unavailable(reason: "joined") }
        return number
    }

    private func read(_ cache: inout CoherentCache<Int>, _ key: RecordKey, _ value: [UInt8]?, _ time: Int64) throws {
        let number = try ask(&cache, key)
        #expect(cache.answered(number, of: key, with: value, askedAt: at(time)) == [1])
    }

    @Test("answer until something is heard of them")
    func hit() throws {
        var cache = tracked()
        #expect(cache.copy(of: a, at(1_100)) == nil)
        try read(&cache, a, [1], 1_100)
        #expect(cache.copy(of: a, at(1_200)) == [1])
        cache.heard([b])
        #expect(cache.copy(of: a, at(1_200)) == [1])
        cache.heard([a])
        #expect(cache.copy(of: a, at(1_200)) == nil)
    }

    @Test("are not made of an answer that something was heard of meanwhile: it is served")
    func inFlight() throws {
        for disturb in [
            { $0.heard([RecordKey("a")]) }, { $0.heard(nil) }, { $0.drop(RecordKey("a")) },
        ] as [(inout CoherentCache<Int>) -> Void] {
            var cache = tracked()
            let number = try ask(&cache, a)
            disturb(&cache)
            #expect(cache.answered(number, of: a, with: [1], askedAt: at(1_100)) == [1])
            #expect(cache.copy(of: a, at(1_200)) == nil)
        }
    }

    @Test("are not made of an answer to a question of another time of tracking")
    func acrossTrackings() throws {
        var cache = tracked()
        let number = try ask(&cache, a)
        cache.tell { $0.lost(.pushes) }
        track(&cache, 1_500)
        _ = cache.answered(number, of: a, with: [1], askedAt: at(1_100))
        #expect(cache.copy(of: a, at(1_600)) == nil)
    }

    @Test("are not kept of what is not there")
    func missing() throws {
        var cache = tracked()
        try read(&cache, a, nil, 1_100)
        #expect(cache.count == 0)
        try read(&cache, a, [1], 1_100)
        try read(&cache, a, nil, 1_200)
        #expect(cache.copy(of: a, at(1_200)) == nil)
    }

    @Test("are all gone when Redis says that the database was emptied")
    func emptied() throws {
        var cache = tracked()
        try read(&cache, a, [1], 1_100)
        try read(&cache, b, [2], 1_100)
        cache.heard(nil)
        #expect(cache.count == 0 && cache.octets == 0 && cache.flushes == 1)
    }

    @Test("are gone with either connection, where there is no grace", arguments: [true, false])
    func lost(isData: Bool) throws {
        var cache = tracked()
        try read(&cache, a, [1], 1_100)
        cache.tell { $0.lost(isData ? .data : .pushes) }
        #expect(cache.copy(of: a, at(1_200)) == nil)
        #expect(cache.lastResort(a, at(1_200)) == nil)
        #expect(cache.count == 0 && !cache.keepsAnswers(at(1_200)))
    }

    @Test("help out for as long as grace says, counted from when they were last known to be true, and only then")
    func grace() throws {
        var cache = tracked(grace: .seconds(60))
        try read(&cache, a, [1], 1_100)
        #expect(cache.lastResort(b, at(1_200)) == nil, "nobody new gets in")
        cache.tell { $0.lost(.data) }
        #expect(cache.copy(of: a, at(1_200)) == nil, "never without asking")
        #expect(cache.lastResort(a, at(60_999)) == [1])
        #expect(cache.lastResort(a, at(61_000)) == nil)
        #expect(cache.count == 0)
    }

    @Test("do not help out any more once Redis answered, whatever it said, or is tracked again")
    func graceEnds() throws {
        var cache = tracked(grace: .seconds(60))
        try read(&cache, a, [1], 1_100)
        try read(&cache, b, [1], 1_100)
        cache.tell { $0.lost(.data) }
        cache.answeredUntracked(a)
        #expect(cache.lastResort(a, at(1_200)) == nil)
        #expect(cache.lastResort(b, at(1_200)) == [1])
        _ = cache.tell { $0.connected(.data, at(1_300)) }
        #expect(cache.lastResort(b, at(1_300)) == [1])
        _ = cache.tell { $0.accepted(at(1_300)) }
        _ = cache.tell { $0.cameBack(at(1_300)) }
        #expect(cache.lastResort(b, at(1_300)) == nil)
        #expect(cache.keepsAnswers(at(1_400)))
    }

    @Test("help out, too, while a connection that says nothing is not given up yet")
    func silent() throws {
        var cache = tracked(grace: .seconds(5))
        try read(&cache, a, [1], 1_100)
        #expect(cache.copy(of: a, at(2_800)) == nil)
        #expect(cache.lastResort(a, at(5_999)) == [1])
        #expect(cache.lastResort(a, at(6_000)) == nil)
    }
}
