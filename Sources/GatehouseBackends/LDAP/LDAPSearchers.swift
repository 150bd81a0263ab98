private import Synchronization

/// Connections that are bound as somebody who may search, kept open between questions.
final class LDAPSearchers: Sendable {
    private let settings: LDAPSettings
    private let idle = Mutex<[LDAPConnection.Idle]>([])

    /// The most connections that are kept while nobody uses them, and how long: what lies between may forget them.
    private static let maxIdle = 4
    private static let maxAge = Duration.seconds(60)

    init(_ settings: LDAPSettings) { self.settings = settings }

    deinit {
        for connection in idle.withLock({ $0 }) { connection.close() }
    }

    /// Runs a search; on a connection that broke while it was put aside, once more on a new one.
    func search<Value>(
        until deadline: LDAPDeadline, _ work: (borrowing LDAPConnection) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        if let used = takeIdle() {
            do throws(LDAPFailure) { return try finish(try LDAPConnection(used, until: deadline), work) } catch {
                guard error.isConnection else { throw error }
            }
        }
        let fresh = try LDAPConnection(settings, until: deadline)
        guard try fresh.bind(settings.bindDN, settings.bindPassword) else {
            throw LDAPFailure(reason: "the directory refuses bind_dn and bind_password")
        }
        return try finish(fresh, work)
    }

    /// The connection that was put aside last; older ones are closed if that one is too old.
    private func takeIdle() -> LDAPConnection.Idle? {
        let (taken, old) = idle.withLock { idle in
            guard let last = idle.popLast() else { return (LDAPConnection.Idle?.none, [LDAPConnection.Idle]()) }
            guard ContinuousClock.now - last.since > LDAPSearchers.maxAge else { return (last, []) }
            defer { idle = [] }
            return (nil, idle + [last])
        }
        for connection in old { connection.close() }
        return taken
    }

    private func finish<Value>(
        _ connection: consuming LDAPConnection, _ work: (borrowing LDAPConnection) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        let value = try work(connection)
        let aside = connection.putAside()
        let isKept = idle.withLock { idle in
            guard idle.count < LDAPSearchers.maxIdle else { return false }
            idle.append(aside)
            return true
        }
        if !isKept { aside.close() }
        return value
    }
}
