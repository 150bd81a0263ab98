private import Synchronization

/// Connections that are bound as somebody who may search, kept open between questions.
final class LDAPSearchers: Sendable {
    private let settings: LDAPSettings
    private let idle = Mutex<[LDAPConnection.Idle]>([])

    /// The most connections that are kept while nobody uses them.
    private static let maxIdle = 4

    init(_ settings: LDAPSettings) { self.settings = settings }

    deinit {
        for connection in idle.withLock({ $0 }) { _ = try? LDAPConnection(connection) }
    }

    /// Runs a search; on a connection that broke while it was put aside, once more on a new one.
    func search<Value>(
        _ work: (borrowing LDAPConnection) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        if let used = idle.withLock({ $0.popLast() }) {
            do throws(LDAPFailure) { return try finish(try LDAPConnection(used), work) } catch {
                guard error.isConnection else { throw error }
            }
        }
        let fresh = try LDAPConnection(settings)
        guard try fresh.bind(settings.bindDN, settings.bindPassword) else {
            throw LDAPFailure(reason: "the directory refuses bind_dn and bind_password")
        }
        return try finish(fresh, work)
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
        if !isKept { _ = try LDAPConnection(aside) }
        return value
    }
}
