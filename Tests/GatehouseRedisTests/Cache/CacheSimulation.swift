import GatehouseCore
import NIOCore

@testable import GatehouseRedis

// Long: both ends of two connections, which share their state.

// Wide: that state, of a server, of the connections and of those who ask.
/// A cache, two connections and a Redis that knows the truth, driven by random numbers: messages are delivered in the order of
/// their connection and at any time, connections break with and without a word, clocks jump, timers are late.
struct CacheSimulation {
    struct Totals {
        var hits = 0
        var reads = 0
        var joined = 0
        var trackings = 0
        /// Answers that were served and not kept.
        var unkept = 0
        var lastResorts = 0
        /// How old the oldest answer was.
        var oldest: Int64 = 0

        mutating func add(_ other: Totals) {
            hits += other.hits
            reads += other.reads
            joined += other.joined
            trackings += other.trackings
            unkept += other.unkept
            lastResorts += other.lastResorts
            oldest = max(oldest, other.oldest)
        }
    }

    private enum Request {
        case get(Int, ReadsInFlight<Waiter>.Number)
        /// By somebody who asks for themselves.
        case getAlone(Int, Waiter)
        case set(Int, [UInt8])
        case subscribe
        case track(Int64)
        case ping(Int64)
    }

    private enum Reply {
        case value(Int, [UInt8]?, ReadsInFlight<Waiter>.Number, askedAt: Int64)
        case valueAlone(Int, [UInt8]?, Waiter)
        case subscribed(Int64)
        case accepted, refused
        case push([Int]?)
        case cameBack
        case pong(Int64)
    }

    struct Waiter {
        let askedAt: Int64
    }

    /// One connection, seen from both ends.
    private struct Wire {
        var isUp = false
        /// Nothing arrives any more, and nobody is told.
        var isBroken = false
        var number: Int64 = 0
        /// Which server it leads to.
        var server = 0
        var requests: [(sentAt: Int64, Request)] = []
        var replies: [Reply] = []
    }

    private let keys = (0..<4).map { RecordKey("key\($0)") }
    private let grace: Int64
    private var random: Generator
    private var now: Int64 = 10_000
    private var cache: CoherentCache<Waiter>
    private var data = Wire()
    private var pushes = Wire()

    /// The server that counts: its number, what it tracks for the data connection, and to whom that is told.
    private var server = 0
    private var lastNumber: Int64 = 0
    private var tracked: Set<Int> = []
    private var redirect: Int64?
    /// The values of each key, and since when they are the truth.
    private var history: [[(since: Int64, value: [UInt8]?)]]
    private var lastValue: UInt32 = 0

    private(set) var totals = Totals()
    private(set) var complaints: [String] = []

    private struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }

    init(seed: UInt64, grace: Int64) {
        random = Generator(state: seed)
        self.grace = grace
        cache = CoherentCache(maxOctets: 700, grace: .milliseconds(grace))
        history = keys.map { _ in [(0, nil)] }
    }

    private func at(_ milliseconds: Int64) -> NIODeadline { LinkRig.deadline(milliseconds) }
    private var moment: NIODeadline { at(now) }

    // MARK: - One step

    mutating func step() {
        let key = Int.random(in: 0..<keys.count, using: &random)
        switch Int.random(in: 0..<1_000, using: &random) {
        case ..<230: read(key)
        case ..<400: serve(.data)
        case ..<500: serve(.pushes)
        case ..<640: hear(.data)
        case ..<740: hear(.pushes)
        case ..<840: now += Int64.random(in: 0...40, using: &random)
        case ..<845: now += Int64.random(in: 0...3_000, using: &random)
        case ..<880: write(key)
        case ..<890: own(key)
        case ..<960: carryOut(tell { $0.wake(LinkRig.deadline($1)) })
        case ..<985: connectIfDown()
        case ..<988: if Bool.random(using: &random) { data.isBroken = true } else { pushes.isBroken = true }
        case ..<991: lose(Bool.random(using: &random) ? .data : .pushes)
        case ..<993: killed()
        case ..<995: flushAll()
        case ..<996: moved()
        default: if data.isBroken { lose(.data) } else if pushes.isBroken { lose(.pushes) }
        }
    }

    private mutating func tell<Result>(_ news: (inout Tracking, Int64) -> Result) -> Result {
        let now = now
        return cache.tell { news(&$0, now) }
    }

    private mutating func carryOut(_ step: Tracking.Step) {
        switch step {
        case .nothing: break
        case .begin: totals.trackings += 1
        case .subscribe: pushes.requests.append((now, .subscribe))
        case .track(let number): data.requests.append((now, .track(number)))
        case .ping:
            data.requests.append((now, .ping(now)))
            pushes.requests.append((now, .ping(now)))
        case .reconnectPushes: lose(.pushes)
        }
    }

    // MARK: - Whoever asks

    private mutating func read(_ key: Int) {
        let waiter = Waiter(askedAt: now)
        guard cache.keepsAnswers(moment) else {
            guard data.isUp else { return lastResort(key) }
            data.requests.append((now, .getAlone(key, waiter)))
            return
        }
        if let value = cache.copy(of: keys[key], moment) {
            totals.hits += 1
            return judge(key, value, since: now - 2_000)
        }
        switch cache.question(keys[key], waiter) {
        case .joined: totals.joined += 1
        case .ask(let number): data.requests.append((now, .get(key, number)))
        }
    }

    private mutating func lastResort(_ key: Int) {
        guard let value = cache.lastResort(keys[key], moment) else { return }
        totals.lastResorts += 1
        judge(key, value, since: now - grace)
    }

    /// Whether a value was the truth at some moment since the given one.
    private mutating func judge(_ key: Int, _ value: [UInt8]?, since: Int64) {
        let values = history[key]
        let last = values.indices.last { values[$0].value == value }
        let end = last.map { $0 + 1 < values.count ? values[$0 + 1].since : now } ?? 0
        totals.oldest = max(totals.oldest, last == nil ? 0 : now - end)
        if end < since { complaints.append("key \(key): \(value ?? []) ended at \(end), answered at \(now)") }
    }

    private mutating func own(_ key: Int) {
        guard data.isUp else { return }
        cache.drop(keys[key])
        lastValue = lastValue &+ 1
        data.requests.append((now, .set(key, octets(lastValue))))
    }

    // MARK: - What arrives here

    private mutating func hear(_ side: Tracking.Side) {
        guard let reply = take(side) else { return }
        switch reply {
        case .value(let key, let value, let number, let askedAt):
            let before = cache.count
            let waiters = cache.answered(number, of: keys[key], with: value, askedAt: at(askedAt))
            if value != nil, cache.count == before { totals.unkept += 1 }
            for waiter in waiters {
                totals.reads += 1
                judge(key, value, since: waiter.askedAt - 2_000)
            }
        case .valueAlone(let key, let value, let waiter):
            cache.answeredUntracked(keys[key])
            judge(key, value, since: waiter.askedAt)
        case .subscribed(let number): carryOut(tell { $0.subscribed(as: number, LinkRig.deadline($1)) })
        case .accepted: carryOut(tell { $0.accepted(LinkRig.deadline($1)) })
        case .refused:
            tell { $0.refused("CLIENT TRACKING", .generic, LinkRig.deadline($1)) }
            lose(.pushes)
        case .push(let changed): cache.heard(changed.map { $0.map { keys[$0] } })
        case .cameBack: carryOut(tell { $0.cameBack(LinkRig.deadline($1)) })
        case .pong(let sentAt): cache.tell { $0.answered(side, sentAt: LinkRig.deadline(sentAt)) }
        }
    }

    private mutating func take(_ side: Tracking.Side) -> Reply? {
        switch side {
        case .data: data.isBroken || data.replies.isEmpty ? nil : data.replies.removeFirst()
        case .pushes: pushes.isBroken || pushes.replies.isEmpty ? nil : pushes.replies.removeFirst()
        }
    }

    private mutating func connectIfDown() {
        for side in [Tracking.Side.data, .pushes] {
            guard !(side == .data ? data.isUp : pushes.isUp), Bool.random(using: &random) else { continue }
            lastNumber += 1
            let wire = Wire(isUp: true, number: lastNumber, server: server)
            if side == .data {
                data = wire
                (tracked, redirect) = ([], nil)
            } else {
                pushes = wire
            }
            carryOut(tell { $0.connected(side, LinkRig.deadline($1)) })
        }
    }

    /// This side gives a connection up, or hears of its end.
    private mutating func lose(_ side: Tracking.Side) {
        switch side {
        case .data:
            guard data.isUp else { return }
            var unanswered = data.requests.map(\.1)
            for case .value(let key, _, let number, _) in data.replies { unanswered.append(.get(key, number)) }
            data = Wire()
            (tracked, redirect) = ([], nil)
            cache.tell { $0.lost(.data) }
            for case .get(let key, let number) in unanswered {
                for _ in cache.failed(number, of: keys[key]) { lastResort(key) }
            }
        case .pushes:
            guard pushes.isUp else { return }
            pushes = Wire()
            cache.tell { $0.lost(.pushes) }
        }
    }

    // MARK: - Redis

    /// The server takes the next request of a connection.
    private mutating func serve(_ side: Tracking.Side) {
        switch side {
        case .data:
            guard !data.isBroken, !data.requests.isEmpty else { return }
            let (sentAt, request) = data.requests.removeFirst()
            if let reply = answer(request, sentAt) { data.replies.append(reply) }
        case .pushes:
            guard !pushes.isBroken, !pushes.requests.isEmpty else { return }
            switch pushes.requests.removeFirst().1 {
            case .subscribe: pushes.replies.append(.subscribed(pushes.number))
            case .ping(let sentAt): pushes.replies.append(.pong(sentAt))
            default: break
            }
        }
    }

    private mutating func answer(_ request: Request, _ sentAt: Int64) -> Reply? {
        switch request {
        case .get(let key, let number):
            return .value(key, fetch(key), number, askedAt: sentAt)
        case .getAlone(let key, let waiter): return .valueAlone(key, fetch(key), waiter)
        case .set(let key, let value):
            // Only what is there is written again.
            if truth(key) != nil { change(key, to: value) }
            return nil
        case .track(let number):
            guard number <= lastNumber else { return .refused }
            (tracked, redirect) = ([], number)
            if tells { pushes.replies.append(.cameBack) }
            return .accepted
        case .ping(let sentAt): return .pong(sentAt)
        case .subscribe: return nil
        }
    }

    private mutating func fetch(_ key: Int) -> [UInt8]? {
        if redirect != nil { tracked.insert(key) }
        return truth(key)
    }

    private func truth(_ key: Int) -> [UInt8]? { history[key].last?.value }

    /// Whether what changes reaches the one who reads here.
    private var tells: Bool {
        redirect == pushes.number && pushes.isUp && pushes.server == server && !pushes.isBroken
    }

    private mutating func change(_ key: Int, to value: [UInt8]?) {
        history[key].append((now, value))
        if tracked.remove(key) != nil, tells { pushes.replies.append(.push([key])) }
    }

    /// Somebody else writes or removes a record.
    private mutating func write(_ key: Int) {
        lastValue = lastValue &+ 1
        change(key, to: Int.random(in: 0..<4, using: &random) == 0 ? nil : octets(lastValue))
    }

    private func octets(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    private mutating func flushAll() {
        for key in keys.indices { history[key].append((now, nil)) }
        tracked = []
        if redirect != nil, tells { pushes.replies.append(.push(nil)) }
    }

    /// Redis ends the reading connection, and the word of it is lost.
    private mutating func killed() {
        data.isBroken = true
        (tracked, redirect) = ([], nil)
    }

    /// Another server takes over, with the same records and numbers that begin anew; the one that hears may stay with the old one.
    private mutating func moved() {
        killed()
        server += 1
        lastNumber = Int64.random(in: 0...2, using: &random)
    }
}
