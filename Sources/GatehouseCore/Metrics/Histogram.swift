internal import Synchronization

/// How long things took: a count for each of a few limits, which one thread writes or several, read from any.
///
/// Nothing is allocated for a measurement, and nobody waits.
package final class Histogram: Sendable {
    private let scale: HistogramScale
    /// The last one is for what is above every limit.
    private let counts: InlineArray<16, Atomic<Int>>
    private let nanoseconds = Atomic<Int>(0)

    package init(_ scale: HistogramScale) {
        self.scale = scale
        counts = InlineArray { _ in Atomic(0) }
    }

    /// Takes a measurement of any thread.
    package func record(_ nanoseconds: Int) {
        counts[scale.place(of: nanoseconds)].increment()
        self.nanoseconds.increment(by: max(nanoseconds, 0))
    }

    /// Takes a measurement of the one thread that writes.
    package func recordOwn(_ nanoseconds: Int) {
        counts[scale.place(of: nanoseconds)].incrementOwn()
        self.nanoseconds.incrementOwn(by: max(nanoseconds, 0))
    }

    /// Takes a measurement of any thread, at most some 30 years.
    package func record(_ duration: Duration) {
        let (seconds, attoseconds) = duration.components
        record(Int(min(max(seconds, 0), 1_000_000_000)) * 1_000_000_000 + Int(attoseconds / 1_000_000_000))
    }

    package var reading: HistogramReading {
        var counted: [Int] = []
        for index in counts.indices { counted.append(counts[index].current) }
        return HistogramReading(
            limits: scale.limits, counts: Array(counted.prefix(scale.limits.count + 1)),
            nanoseconds: nanoseconds.current)
    }
}

/// Which durations a histogram tells apart.
package struct HistogramScale: Sendable {
    /// In nanoseconds, ascending; at most 15.
    let limits: [Int]

    private init(microseconds: [Int]) { limits = microseconds.prefix(15).map { $0 * 1_000 } }

    /// For checks and round trips to a store beside them: 50 µs to 1 s.
    package static let short = HistogramScale(microseconds: [
        50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 1_000_000,
    ])

    /// For hashes, and for what other machines are asked: 1 ms to 10 s.
    package static let long = HistogramScale(microseconds: [
        1_000, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000, 1_000_000, 2_500_000, 5_000_000, 10_000_000,
    ])

    /// The place of a measurement: a limit belongs to what it ends.
    func place(of nanoseconds: Int) -> Int {
        var place = 0
        while place < limits.count, limits[place] < nanoseconds { place += 1 }
        return place
    }
}

/// What a histogram held at one moment.
package struct HistogramReading: Equatable, Sendable {
    /// In nanoseconds.
    package let limits: [Int]
    /// How many measurements fell below each limit and above the one before; one more for what was above all.
    package let counts: [Int]
    /// All measurements together.
    package let nanoseconds: Int

    package init(limits: [Int], counts: [Int], nanoseconds: Int) {
        self.limits = limits
        self.counts = counts
        self.nanoseconds = nanoseconds
    }

    package var count: Int { counts.reduce(0, &+) }

    /// Of two with the same limits.
    static func + (one: HistogramReading, other: HistogramReading) -> HistogramReading {
        HistogramReading(
            limits: one.limits, counts: zip(one.counts, other.counts).map(&+),
            nanoseconds: one.nanoseconds &+ other.nanoseconds)
    }
}
