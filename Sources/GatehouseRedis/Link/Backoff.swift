internal import NIOCore

/// How long to wait between attempts to connect: 50 ms, doubled up to 1 s, less a random quarter.
struct Backoff {
    /// Failed attempts in a row.
    private(set) var failures = 0

    /// From this many failures in a row on nobody waits for an attempt any more: the circuit breaker.
    static let patience = 5

    var isPatient: Bool { failures < Backoff.patience }

    mutating func reset() { failures = 0 }

    mutating func delay(using random: inout some RandomNumberGenerator) -> TimeAmount {
        let longest = min(1_000, 50 << min(failures, 5))
        failures = min(failures &+ 1, 1_000)
        return .milliseconds(Int64.random(in: Int64(longest * 3 / 4)...Int64(longest), using: &random))
    }
}
