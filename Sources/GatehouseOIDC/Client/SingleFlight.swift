/// One piece of work at a time: whoever asks while it goes on waits for the same outcome.
actor SingleFlight<Outcome: Sendable> {
    private var flight: Task<Outcome, Never>?

    /// Starts the work, or joins what goes on.
    ///
    /// The work has to end by itself: it goes on when those who wait have gone.
    func outcome(of work: @escaping @Sendable () async -> Outcome) async -> Outcome {
        if let flight { return await flight.value }
        let own = Task { await work() }
        flight = own
        let outcome = await own.value
        if flight == own { flight = nil }
        return outcome
    }
}
