@testable import GatehouseRedis

/// The server: what it answers, whom it tells of what, and what happens to it.
extension CacheSimulation {
    /// The server takes the next request of a connection.
    mutating func serve(_ side: Tracking.Side) {
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

    mutating func answer(_ request: Request, _ sentAt: Int64) -> Reply? {
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

    mutating func fetch(_ key: Int) -> [UInt8]? {
        if redirect != nil { tracked.insert(key) }
        return truth(key)
    }

    func truth(_ key: Int) -> [UInt8]? { history[key].last?.value }

    /// Whether what changes reaches the one who reads here.
    var tells: Bool {
        redirect == pushes.number && pushes.isUp && pushes.server == server && !pushes.isBroken
    }

    mutating func change(_ key: Int, to value: [UInt8]?) {
        history[key].append((now, value))
        if tracked.remove(key) != nil, tells { pushes.replies.append(.push([key])) }
    }

    /// Somebody else writes or removes a record.
    mutating func write(_ key: Int) {
        lastValue = lastValue &+ 1
        change(key, to: Int.random(in: 0..<4, using: &random) == 0 ? nil : octets(lastValue))
    }

    func octets(_ value: UInt32) -> [UInt8] {
        (0..<4).map { UInt8(truncatingIfNeeded: value >> (8 * $0)) }
    }

    mutating func flushAll() {
        for key in keys.indices { history[key].append((now, nil)) }
        tracked = []
        if redirect != nil, tells { pushes.replies.append(.push(nil)) }
    }

    /// Redis ends the reading connection, and the word of it is lost.
    mutating func killed() {
        data.isBroken = true
        (tracked, redirect) = ([], nil)
    }

    /// Another server takes over, with the same records and numbers that begin anew; the one that hears may stay with the old one.
    mutating func moved() {
        killed()
        server += 1
        lastNumber = Int64.random(in: 0...2, using: &random)
    }
}
