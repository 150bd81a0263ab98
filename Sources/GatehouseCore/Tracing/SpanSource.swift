/// Decides which requests get spans, and gives spans their ids; each thread has its own.
///
/// It is parent-based: who began the trace has decided whether it is kept, and only for a request without a trace we do.
package struct SpanSource: Sendable {
    private var random: Xoshiro256
    /// The least value of an id's 56 random bits with which a trace that begins here is kept; 2^56 for none.
    private let threshold: UInt64

    /// - Parameters:
    ///   - share: how many of the traces that begin here are kept, from 0 to 1.
    ///   - random: where ids come from.
    init(share: Double, random: Xoshiro256) {
        let bits = Double(SpanSource.all) * (1 - min(max(share, 0), 1))
        threshold = UInt64(min(max(bits, 0), Double(SpanSource.all)))
        self.random = random
    }

    /// As many values as 56 bits have (W3C Trace Context, level 2, section 3.2.2.3).
    private static var all: UInt64 { 1 << 56 }

    /// The span of a request that has just arrived; `nil` if there is to be none.
    ///
    /// - Parameter parent: what the request says of its trace.
    /// - Returns: the trace, with a new span.
    package mutating func begin(under parent: TraceContext?) -> TraceContext? {
        if let parent { return parent.isSampled ? parent.with(next()) : nil }
        let low = random.next()
        guard low & (SpanSource.all - 1) >= threshold else { return nil }
        return TraceContext(trace: TraceID(high: random.next(), low: max(low, 1)), span: next(), isSampled: true)
    }

    /// An id for another span.
    package mutating func next() -> SpanID { SpanID(max(random.next(), 1)) }
}

/// A generator of random numbers that is fast and good, and whose numbers are no secret.
///
/// - Source: Blackman and Vigna, "Scrambled linear pseudorandom number generators" (2021): xoshiro256**.
struct Xoshiro256: Sendable {
    private var state: (UInt64, UInt64, UInt64, UInt64)

    /// Makes the state of one random number, by SplitMix64 as the authors say.
    init(seed: UInt64) {
        var word = seed
        func next() -> UInt64 {
            word &+= 0x9E37_79B9_7F4A_7C15
            var mixed = word
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }
        state = (next(), next(), next(), next())
    }

    mutating func next() -> UInt64 {
        let result = Xoshiro256.turned(state.1 &* 5, 7) &* 9
        let shifted = state.1 << 17
        state.2 ^= state.0
        state.3 ^= state.1
        state.1 ^= state.2
        state.0 ^= state.3
        state.2 ^= shifted
        state.3 = Xoshiro256.turned(state.3, 45)
        return result
    }

    private static func turned(_ word: UInt64, _ bits: UInt64) -> UInt64 { word << bits | word >> (64 - bits) }
}
