import GatehouseContracts
import GatehouseCore
@testable import GatehouseServer
import GatehouseSessions
import GatehouseTestSupport
import NIOCore
import Testing

@Suite("The sessions that a loop knows")
struct KnownSessionsTests {
    private func entry(_ octets: Int = 0, groups: Int = 0) -> KnownSession {
        let identity = Identity(
            user: CheckFixture.user.user, name: "bob", groups: (0..<groups).map { GroupName("\($0)") })
        let moment = Timestamp(milliseconds: 0)
        return KnownSession(
            sessionKey: RecordKey([]), identityKey: RecordKey([]), sessionRecord: [],
            identityRecord: [UInt8](repeating: 0, count: octets),
            session: Session(
                user: identity.user, signedInAt: moment, lastSeen: moment, limits: .standard, isRemembered: false,
                epoch: 0),
            stored: StoredIdentity(identity: identity, epoch: 0, readAt: moment), identityAge: .seconds(60),
            identityMaxAge: .seconds(900),
            following: nil)
    }

    @Test("are bounded, the oldest one goes first, and one that was forgotten can come back", arguments: [1, 2, 7])
    func bound(capacity: Int) {
        var known = KnownSessions(capacity: capacity)
        func id(_ number: Int) -> SessionID { SessionID(Octets16(high: 0, low: UInt64(number))) }
        func count(_ known: KnownSessions, _ upTo: Int) -> Int { (0..<upTo).count { known[id($0)] != nil } }
        for number in 0..<100 {
            known.keep(entry(), for: id(number))
            known.keep(entry(), for: id(number))
            #expect(known[id(number)] != nil)
            #expect(count(known, 101) == min(number + 1, capacity))
        }
        for number in (100 - capacity)..<100 { #expect(known[id(number)] != nil) }
        for round in 0..<50 {
            known.forget(id(99))
            #expect(known[id(99)] == nil)
            known.keep(entry(), for: id(99))
            #expect(known[id(99)] != nil)
            #expect(count(known, 200) <= capacity, "round \(round)")
        }
        known.keep(entry(), for: id(150))
        #expect(count(known, 200) <= capacity)
        #expect(KnownSessions(capacity: 0)[id(1)] == nil)
    }

    private func id(_ number: Int) -> SessionID { SessionID(Octets16(high: 0, low: UInt64(number))) }

    @Test("are bounded in octets, and each takes the place of no more of the oldest ones than it needs")
    func boundInOctets() {
        let limit = 1 << 20
        var known = KnownSessions(capacity: 10_000, maxOctets: limit)
        // Ready answers count as what they are.
        let first = entry(500)
        known.keep(first, for: id(5_000))
        let before = known.octets
        known.keep(
            ByteBuffer(repeating: 0, count: 30_000),
            for: KnownSession.AnswerPlace(application: 0, cookies: .none), of: first)
        #expect(known.octets >= before + 30_000)
        known.forget(id(5_000))
        #expect(known.octets == 0)
        var numbers = 0..<0
        for number in 0..<3_000 {
            // Every hundredth is a large one.
            let session = number % 100 == 99 ? entry(60_000, groups: 1_000) : entry(500)
            known.keep(session, for: id(number))
            if number % 3 == 0 { known.keep(entry(500), for: id(number)) }
            let answer = ByteBuffer(repeating: 0, count: 300)
            known.keep(answer, for: KnownSession.AnswerPlace(application: 0, cookies: .none), of: session)
            #expect(known.octets <= limit)
            let first = (numbers.lowerBound...number).first { known[id($0)] != nil } ?? number + 1
            #expect((first..<(number + 1)).allSatisfy { known[id($0)] != nil }, "only the oldest ones go")
            #expect(first - numbers.lowerBound < 150, "few at a time")
            numbers = first..<(number + 1)
        }
        #expect(numbers.count > 150)
        #expect(known.octets > limit / 2)
        for number in 0..<3_000 { known.forget(id(number)) }
        #expect(known.octets == 0)
        // One that left meanwhile is not counted.
        let gone = entry(500)
        known.keep(gone, for: id(1))
        known.forget(id(1))
        known.keep(
            ByteBuffer(repeating: 0, count: 300), for: KnownSession.AnswerPlace(application: 0, cookies: .none),
            of: gone)
        #expect(known.octets == 0)
    }
}
