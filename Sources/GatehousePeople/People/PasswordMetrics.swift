package import GatehouseCore
package import GatehouseSystem

/// What is exported of the pool that hashes passwords.
package enum PasswordMetrics {
    package static let exported: [Metric<WorkerFigures>] = [
        Metric("gatehouse_password_hashes_total", .counter, "Passwords hashed.") { $0.completed },
        Metric(
            "gatehouse_password_hashes_refused_total", .counter,
            "Passwords for which there was no room, or none in time."
        ) {
            $0.refused
        },
        Metric("gatehouse_password_hashes_running", .gauge, "Passwords that are being hashed.") { $0.running },
        Metric("gatehouse_password_hashes_waiting", .gauge, "Passwords that wait to be hashed.") { $0.waiting },
        Metric(
            "gatehouse_password_hash_wait_duration_seconds", .histogram, "Time that passwords waited to be hashed."
        ) {
            [MetricSeries(.histogram($0.waits))]
        },
        Metric("gatehouse_password_hash_memory_bytes", .gauge, "Memory that hashes take now.") { $0.memoryKiB << 10 },
        Metric("gatehouse_password_hash_memory_peak_bytes", .gauge, "The most memory that hashes took at one time.") {
            $0.peakMemoryKiB << 10
        },
        Metric("gatehouse_password_hash_memory_limit_bytes", .gauge, "Memory that hashes may take.") {
            $0.memoryBudgetKiB << 10
        },
    ]
}
