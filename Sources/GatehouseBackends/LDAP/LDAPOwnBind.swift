internal import GatehouseCore

/// A person's password, tried on servers: what is done with it is told before it is done.
struct LDAPOwnBind: Sendable {
    let password: [UInt8]
    private let onUse: @Sendable (PasswordUse) -> Void

    init(_ credentials: Credentials) {
        password = credentials.password.bytes
        onUse = credentials.onUse
    }

    /// Tries it on a connection.
    ///
    /// - Returns: what the directory says to it.
    /// - Throws: `LDAPFailure` for an outage; where the server said that it looked at nothing, so was it told.
    func answer(toBinding name: String, on connection: borrowing LDAPConnection) throws(LDAPFailure) -> LDAPBindAnswer {
        onUse(.compared)
        do throws(LDAPFailure) { return try connection.answer(toBinding: name, password) } catch {
            if error.isUntouched { onUse(.untouched) }
            throw error
        }
    }

    /// Tries it on new connections, one server after another.
    func answer(
        toBinding name: String, _ searchers: LDAPSearchers, until deadline: LDAPDeadline
    ) throws(LDAPFailure) -> LDAPBindAnswer {
        do throws(LDAPFailure) {
            return try searchers.servers.ask(until: deadline) { connection throws(LDAPFailure) in
                try answer(toBinding: name, on: connection)
            }
        } catch {
            guard try isAboutPerson(error, searchers, until: deadline) else { throw error }
            return .wrong
        }
    }

    /// Whether all servers were unwilling because of the person, and did not say so: whoever is willing to serve the one who
    /// searches is no outage.
    ///
    /// - Parameters:
    ///   - failure: what came of trying the password.
    ///   - searchers: who may search.
    ///   - deadline: until when they are asked.
    /// - Returns: `false` also where nobody can be asked in the person's place.
    /// - Throws: `LDAPFailure` if they are not served, either.
    func isAboutPerson(
        _ failure: LDAPFailure, _ searchers: LDAPSearchers, until deadline: LDAPDeadline
    ) throws(LDAPFailure) -> Bool {
        guard failure.isUnwilling, !searchers.isAnonymous else { return false }
        try searchers.servers.ask(until: deadline) { connection throws(LDAPFailure) in
            try searchers.bind(connection)
        }
        onUse(.compared)
        return true
    }
}
