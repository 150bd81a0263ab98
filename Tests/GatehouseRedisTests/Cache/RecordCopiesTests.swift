import GatehouseCore
import NIOCore
import Testing

@testable import GatehouseRedis

@Suite("Copies of records")
struct RecordCopiesTests {
    private static let one = RecordCopies.octets(of: [1, 2, 3], for: RecordKey("a"))
    private var now: NIODeadline { .uptimeNanoseconds(1_000_000_000) }

    private func copies(of count: Int, in places: Int) -> RecordCopies {
        var copies = RecordCopies(maxOctets: places * RecordCopiesTests.one, maxAge: .seconds(60))
        for letter in RecordCopiesTests.letters.prefix(count) { copies.keep([1, 2, 3], for: letter, readAt: now) }
        return copies
    }

    private static let letters = "abcdefghijklmnopqrstuvwxyz".map { RecordKey(String($0)) }

    private func kept(_ copies: RecordCopies) -> String {
        var copies = copies
        return RecordCopiesTests.letters.filter { copies.value(for: $0, now) != nil }.map(\.description).joined()
    }

    @Test("never take more than they may, and count what they take")
    func bounded() {
        var copies = copies(of: 26, in: 10)
        #expect(copies.count == 10 && copies.octets == 10 * RecordCopiesTests.one)
        copies.keep([UInt8](repeating: 7, count: 300), for: RecordKey("x"), readAt: now)
        #expect(copies.octets <= 10 * RecordCopiesTests.one && copies.count < 10)
        copies.keep([UInt8](repeating: 7, count: 65_536), for: RecordKey("y"), readAt: now)
        #expect(copies.value(for: RecordKey("y"), now) == nil, "one that needs more than all room is not kept")
        #expect(copies.value(for: RecordKey("x"), now) != nil, "and nobody left for it")
        copies.removeAll()
        #expect(copies.count == 0 && copies.octets == 0)
    }

    @Test("that are used stay; the others leave in turn")
    func clock() {
        var copies = copies(of: 4, in: 4)
        for letter in ["a", "c"] { _ = copies.value(for: RecordKey(letter), now) }
        copies.keep([1, 2, 3], for: RecordKey("e"), readAt: now)
        #expect(kept(copies) == "acde")
        copies.keep([1, 2, 3], for: RecordKey("f"), readAt: now)
        #expect(kept(copies) == "acef")
        // Nobody was used since: the hand goes on.
        copies.keep([1, 2, 3], for: RecordKey("g"), readAt: now)
        #expect(copies.count == 4)
    }

    @Test("stand once for a key, with the value that came last")
    func once() {
        var copies = copies(of: 1, in: 4)
        copies.keep([9, 9, 9], for: RecordKey("a"), readAt: now)
        #expect(copies.value(for: RecordKey("a"), now) == [9, 9, 9])
        #expect(copies.count == 1 && copies.octets == RecordCopiesTests.one)
        copies.remove(RecordKey("a"))
        copies.remove(RecordKey("a"))
        #expect(copies.count == 0 && copies.octets == 0)
    }

    @Test("do not become older than a minute, unless nobody asks how old they are")
    func age() {
        var copies = copies(of: 2, in: 4)
        #expect(copies.value(for: RecordKey("a"), now + .milliseconds(59_999)) != nil)
        #expect(copies.value(for: RecordKey("b"), nil) != nil)
        #expect(copies.value(for: RecordKey("a"), now + .seconds(60)) == nil)
        #expect(copies.count == 1)
    }
}

@Suite("Reads in flight")
struct ReadsInFlightTests {
    private let a = RecordKey("a")
    private let b = RecordKey("b")

    @Test("are joined by whoever asks for the same, and answered to all of them in order")
    func join() {
        var reads = ReadsInFlight<Int>()
        let early = reads.join(a, 0)
        let number = reads.begin(a, 1)
        let joined = [reads.join(a, 2), reads.join(a, 3), reads.join(b, 4)]
        #expect(!early && joined == [true, true, false])
        let (waiters, isSound) = reads.end(number, of: a)
        #expect(waiters == [1, 2, 3] && isSound)
        let late = reads.join(a, 5)
        #expect(!late)
        #expect(reads.end(number, of: a).waiters.isEmpty, "nobody is told twice")
    }

    @Test("that something is heard of are served, not kept, and joined by nobody")
    func disturbed() {
        var reads = ReadsInFlight<Int>()
        let first = reads.begin(a, 1)
        reads.disturb(a)
        let isJoined = reads.join(a, 2)
        let second = reads.begin(a, 2)
        let isSecondJoined = reads.join(a, 3)
        #expect(!isJoined && isSecondJoined)
        let (early, isEarlySound) = reads.end(first, of: a)
        #expect(early == [1] && !isEarlySound)
        let (late, isLateSound) = reads.end(second, of: a)
        #expect(late == [2, 3] && isLateSound)
        let third = reads.begin(b, 4)
        reads.disturbAll()
        let isThirdSound = reads.end(third, of: b).isSound
        #expect(!isThirdSound)
    }
}
