import GatehouseCore
import NIOCore

@testable import GatehouseRedis

// Wide: that state, of a server, of the connections and of those who ask.
/// A cache, two connections and a Redis that knows the truth, driven by random numbers: messages are delivered in the order of
/// their connection and at any time, connections break with and without a word, clocks jump, timers are late.
struct CacheSimulation {
    let keys = (0..<4).map { RecordKey("key\($0)") }
    let grace: Int64
    var random: Generator
    var now: Int64 = 10_000
    var cache: CoherentCache<Waiter>
    var data = Wire()
    var pushes = Wire()

    /// The server that counts: its number, what it tracks for the data connection, and to whom that is told.
    var server = 0
    var lastNumber: Int64 = 0
    var tracked: Set<Int> = []
    var redirect: Int64?
    /// The values of each key, and since when they are the truth.
    var history: [[(since: Int64, value: [UInt8]?)]]
    var lastValue: UInt32 = 0

    var totals = Totals()
    var complaints: [String] = []

    init(seed: UInt64, grace: Int64) {
        random = Generator(state: seed)
        self.grace = grace
        cache = CoherentCache(maxOctets: 700, grace: .milliseconds(grace))
        history = keys.map { _ in [(0, nil)] }
    }

    func at(_ milliseconds: Int64) -> NIODeadline { LinkRig.deadline(milliseconds) }
    var moment: NIODeadline { at(now) }

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

    mutating func tell<Result>(_ news: (inout Tracking, Int64) -> Result) -> Result {
        let now = now
        return cache.tell { news(&$0, now) }
    }

    mutating func carryOut(_ step: Tracking.Step) {
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

    mutating func read(_ key: Int) {
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

    mutating func lastResort(_ key: Int) {
        guard let value = cache.lastResort(keys[key], moment) else { return }
        totals.lastResorts += 1
        judge(key, value, since: now - grace)
    }

    /// Whether a value was the truth at some moment since the given one.
    mutating func judge(_ key: Int, _ value: [UInt8]?, since: Int64) {
        let values = history[key]
        let last = values.indices.last { values[$0].value == value }
        let end = last.map { $0 + 1 < values.count ? values[$0 + 1].since : now } ?? 0
        totals.oldest = max(totals.oldest, last == nil ? 0 : now - end)
        if end < since { complaints.append("key \(key): \(value ?? []) ended at \(end), answered at \(now)") }
    }

    mutating func own(_ key: Int) {
        guard data.isUp else { return }
        cache.drop(keys[key])
        lastValue = lastValue &+ 1
        data.requests.append((now, .set(key, octets(lastValue))))
    }

    // MARK: - What arrives here

    mutating func hear(_ side: Tracking.Side) {
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

    mutating func take(_ side: Tracking.Side) -> Reply? {
        switch side {
        case .data: data.isBroken || data.replies.isEmpty ? nil : data.replies.removeFirst()
        case .pushes: pushes.isBroken || pushes.replies.isEmpty ? nil : pushes.replies.removeFirst()
        }
    }

    mutating func connectIfDown() {
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
    mutating func lose(_ side: Tracking.Side) {
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
}
