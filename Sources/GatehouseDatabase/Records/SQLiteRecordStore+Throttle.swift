package import GatehouseCore

/// The same rules as in Redis; a transaction that takes the write lock first makes the step atomic between processes.
extension SQLiteRecordStore: ThrottleStore {
    package func count(_ counters: [ThrottleCounter], now: Timestamp) async throws(StoreError) -> Duration? {
        let moment = self.now()
        let wait = try await writing.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                var wait = Duration.zero
                var states: [ThrottleState] = []
                for counter in counters {
                    let state = try SQLiteRecordStore.state(counter.key, moment, connection)
                    wait = max(wait, state.wait(counter.rule, now: now))
                    states.append(state)
                }
                guard wait <= .zero else { return wait }
                for (counter, before) in zip(counters, states) {
                    var state = before
                    state.add(counter.rule, now: now)
                    try SQLiteRecordStore.write(state, counter, moment, connection)
                }
                return wait
            }
        }
        return wait > .zero ? wait : nil
    }

    package func takeBack(
        _ counters: [ThrottleCounter], countedAt: Timestamp, startsOver: Bool
    ) async throws(StoreError) {
        let moment = now()
        try await writing.run { connection throws(DatabaseError) in
            try connection.transaction { connection throws(DatabaseError) in
                for counter in counters {
                    let before = try SQLiteRecordStore.state(counter.key, moment, connection)
                    var state = before
                    state.takeBack(countedAt, startsOver: startsOver)
                    guard state != before else { continue }
                    if state == ThrottleState() {
                        for statement in RecordTables.remove {
                            try connection.execute(statement, [.blob(counter.key.bytes)])
                        }
                    } else {
                        try SQLiteRecordStore.write(state, counter, moment, connection)
                    }
                }
            }
        }
    }

    private static func state(
        _ key: RecordKey, _ moment: Timestamp, _ connection: any SQLConnection
    ) throws(DatabaseError) -> ThrottleState {
        let rows = try connection.execute(RecordTables.read, [.blob(key.bytes), .integer(moment.milliseconds)])
        return ThrottleState(octets: rows.first?.blob(0) ?? [])
    }

    private static func write(
        _ state: ThrottleState, _ counter: ThrottleCounter, _ moment: Timestamp, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        let (sql, values) = RecordTables.write(
            state.octets, counter.key,
            expiresAt: moment.advanced(by: counter.rule.lifetime(attempts: state.total)).milliseconds,
            now: moment.milliseconds, .always)
        try connection.execute(sql, values)
    }
}
