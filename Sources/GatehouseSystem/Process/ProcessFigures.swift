package import GatehouseCore
private import Glibc

/// What the system knows of this process, at one moment.
package struct ProcessFigures: Sendable {
    /// Of all threads, in the program and in the system on its behalf.
    package let cpuSeconds: Double?
    package let residentBytes: Int?
    package let openDescriptors: Int?
    package let mostDescriptors: Int?

    /// Asks the system; what it does not tell is `nil`.
    package static func now() -> ProcessFigures {
        ProcessFigures(
            cpuSeconds: cpuTime(), residentBytes: residentMemory(), openDescriptors: descriptors(),
            mostDescriptors: descriptorLimit())
    }

    private static func cpuTime() -> Double? {
        var usage = rusage()
        guard unsafe getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage) == 0 else { return nil }
        let seconds = Double(usage.ru_utime.tv_sec) + Double(usage.ru_stime.tv_sec)
        return seconds + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
    }

    /// The second number of `statm`, in pages (proc(5)).
    private static func residentMemory() -> Int? {
        guard let file = try? OpenFile("/proc/self/statm"), let octets = try? file.readAll(limit: 4_096) else {
            return nil
        }
        let numbers = octets.split(separator: UInt8(ascii: " "))
        guard numbers.count > 1, let pages = Int(String(decoding: numbers[1], as: UTF8.self)) else { return nil }
        return pages.multipliedReportingOverflow(by: Int(sysconf(Int32(_SC_PAGESIZE)))).partialValue
    }

    /// With the one that the question itself takes.
    private static func descriptors() -> Int? {
        guard let folder = unsafe opendir("/proc/self/fd") else { return nil }
        defer { unsafe closedir(folder) }
        var count = 0
        while unsafe readdir(folder) != nil { count += 1 }
        // The folder itself and the one above.
        return max(count - 2, 0)
    }

    private static func descriptorLimit() -> Int? {
        var limit = rlimit()
        guard unsafe getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return nil }
        return Int(clamping: limit.rlim_cur)
    }
}

extension ProcessFigures {
    /// What is exported, under the names that Prometheus' own libraries use.
    package static let exported: [Metric<ProcessFigures>] = [
        Metric("process_cpu_seconds_total", .counter, "Time on a processor, in the program and in the system.") {
            $0.cpuSeconds.map { [MetricSeries(.real($0))] } ?? []
        },
        Metric("process_resident_memory_bytes", .gauge, "Memory that is really there.") { $0.residentBytes.series },
        Metric("process_open_fds", .gauge, "Open file descriptors.") { $0.openDescriptors.series },
        Metric("process_max_fds", .gauge, "The most file descriptors that may be open.") { $0.mostDescriptors.series },
    ]
}

extension Int? {
    fileprivate var series: [MetricSeries] { map { [MetricSeries(.integer($0))] } ?? [] }
}
