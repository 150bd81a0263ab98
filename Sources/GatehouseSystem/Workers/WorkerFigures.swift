package import GatehouseCore

/// What a pool does and did, at one moment.
package struct WorkerFigures: Sendable {
    /// Jobs that ended, and those for which there was no room.
    package let completed: Int
    package let refused: Int
    package let running: Int
    package let waiting: Int
    /// What the running jobs were promised, the most of it since the start, and what there is for them.
    package let memoryKiB: Int
    package let peakMemoryKiB: Int
    package let memoryBudgetKiB: Int
    /// How long jobs waited for room.
    package let waits: HistogramReading
}
