package import GatehouseCore

/// What came of trying one server.
package struct LDAPTrial: Equatable, Sendable {
    /// The address, as it is configured.
    package let url: String
    /// What is wrong and what to do about it; `nil` for a server that does all that a sign-in needs.
    package let problem: String?
}

extension LDAPBackend {
    /// Tries all servers, one by one: to connect, to bind as who may search, and to look where people and groups are.
    ///
    /// Nobody's password is tried. Each server has as long as a question has.
    ///
    /// - Returns: one for each server, in their order.
    /// - Throws: `BackendError.busy` if too many sign-ins wait for the directory.
    package func tryServers() async throws(BackendError) -> [LDAPTrial] {
        var trials: [LDAPTrial] = []
        for url in settings.urls {
            var alone = settings
            alone.urls = [url]
            let searchers = LDAPSearchers(LDAPServers(alone))
            let settings = alone
            var problem: String?
            do throws(BackendError) {
                try await run { deadline throws(LDAPFailure) in
                    try searchers.servers.ask(until: deadline) { connection throws(LDAPFailure) in
                        if settings.userDN == nil || !settings.bindDN.isEmpty { try searchers.bind(connection) }
                        // Without a name of its own nobody may be allowed to see anything.
                        guard !settings.bindDN.isEmpty else { return }
                        var places = [(settings.base, "base")]
                        if case .below(let base, _, _, _) = settings.groups { places.append((base, "group_base")) }
                        for (place, key) in places {
                            let found = try connection.entries(
                                below: place, isEntry: true, matching: "(objectClass=*)", ["objectClass"], limit: 2)
                            guard !found.isEmpty else {
                                throw LDAPFailure(reason: "there is no \(place) (`\(key)`), or bind_dn may not see it")
                            }
                        }
                    }
                }
            } catch {
                guard case .unavailable(let reason) = error else { throw error }
                problem = reason
            }
            trials.append(LDAPTrial(url: url, problem: problem))
        }
        return trials
    }
}
