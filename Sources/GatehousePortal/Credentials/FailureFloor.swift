/// The least time that a failure takes, so that none can be told from another by the clock.
struct FailureFloor: Sendable {
    /// Counted from the request's arrival.
    let least: Duration
    let pause: @Sendable (Duration) async -> Void
    let audit: AuditLog

    /// Waits until as much time has gone by since the request came as a failure has to take.
    func wait(_ request: PortalRequest) async {
        let elapsed = ContinuousClock.now - request.arrival
        if elapsed < least { await pause(least - elapsed) } else { audit.floorExceeded(elapsed, floor: least) }
    }
}
