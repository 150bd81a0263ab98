@testable import GatehouseRedis

/// What goes over the two connections, and what is counted.
extension CacheSimulation {
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

    enum Request {
        case get(Int, ReadsInFlight<Waiter>.Number)
        /// By somebody who asks for themselves.
        case getAlone(Int, Waiter)
        case set(Int, [UInt8])
        case subscribe
        case track(Int64)
        case ping(Int64)
    }

    enum Reply {
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
    struct Wire {
        var isUp = false
        /// Nothing arrives any more, and nobody is told.
        var isBroken = false
        var number: Int64 = 0
        /// Which server it leads to.
        var server = 0
        var requests: [(sentAt: Int64, Request)] = []
        var replies: [Reply] = []
    }

    struct Generator: RandomNumberGenerator {
        var state: UInt64
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var z = state
            z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
            z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
            return z ^ (z >> 31)
        }
    }
}
