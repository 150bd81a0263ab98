/// Where attempts are counted: the store of records, which several instances share.
///
/// A call ends within a second, whatever happens to the store.
package protocol ThrottleStore: RecordStore {
    /// Counts one attempt against every counter if each of them has room for it; otherwise against none.
    ///
    /// One atomic step: of a hundred attempts at once no more pass than the rules allow. The keys of one call share what
    /// stands in braces, so that they lie in one slot of a cluster.
    ///
    /// - Returns: `nil` if the attempt is counted and may be made; else after how long it makes sense to come back.
    /// - Throws: `StoreError.unavailable`: nothing may be tried then.
    func count(_ counters: [ThrottleCounter], now: Timestamp) async throws(StoreError) -> Duration?

    /// Takes back the attempts that were counted at a moment: it turned out to be none, or a good one, which also ends the row of
    /// failures (`startsOver`).
    func takeBack(_ counters: [ThrottleCounter], countedAt: Timestamp, startsOver: Bool) async throws(StoreError)
}

/// A counter and the rule that it is held to.
package struct ThrottleCounter: Equatable, Sendable {
    package let key: RecordKey
    package let rule: ThrottleRule

    package init(key: RecordKey, rule: ThrottleRule) {
        self.key = key
        self.rule = rule
    }
}
