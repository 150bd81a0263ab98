private import Synchronization

/// Connections that are bound as somebody who may search, kept open between questions.
final class LDAPSearchers: Sendable {
    private let settings: LDAPSettings
    let servers: LDAPServers
    private let idle = Mutex<[LDAPConnection.Idle]>([])

    /// The most connections that are kept while nobody uses them, and how long: what lies between may forget them.
    private static let maxIdle = 4
    private static let maxAge = Duration.seconds(60)

    init(_ servers: LDAPServers) {
        settings = servers.settings
        self.servers = servers
    }

    deinit {
        for connection in idle.withLock({ $0 }) { connection.close() }
    }

    /// Runs a search: on a connection that was put aside if it is still good, else on a new one to the first server that answers.
    func search<Value>(
        until deadline: LDAPDeadline, _ work: (borrowing LDAPConnection) throws(LDAPFailure) -> Value
    ) throws(LDAPFailure) -> Value {
        if let used = takeIdle() {
            let share = deadline.share(beforeOthers: settings.urls.count)
            do throws(LDAPFailure) {
                let connection = try LDAPConnection(used, until: share)
                // A server that shuts down says so and closes; what is asked after that is answered by nobody.
                if connection.isQuiet { return try finish(connection, work) }
            } catch {
                guard error.isServer else { throw error }
            }
        }
        return try servers.ask(until: deadline) { connection throws(LDAPFailure) in
            try bind(connection)
            return try finish(connection, work)
        }
    }

    /// Whether everybody may search.
    var isAnonymous: Bool { settings.bindDN.isEmpty }

    /// Binds as who may search.
    func bind(_ connection: borrowing LDAPConnection) throws(LDAPFailure) {
        guard try connection.bind(settings.bindDN, settings.bindPassword) else {
            throw LDAPFailure(reason: "the directory refuses bind_dn and bind_password")
        }
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
