internal import GatehouseBackends
package import GatehouseCore
private import GatehouseCrypto
private import GatehouseDatabase

/// People whom something in front of the portal has checked and names: they are found, or made without a password.
package struct Arrivals: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// Who stands behind a name; `nil` for nobody, and for somebody inactive.
    ///
    /// - Parameters:
    ///   - typed: the name as it came.
    ///   - makesUnknown: whether somebody who is not in the database is added to it.
    /// - Returns: the person.
    /// - Throws: `BackendError` if nobody could find out.
    package func person(_ typed: UTF8Text, makesUnknown: Bool) async throws(BackendError) -> Identity? {
        guard let name = UserNameRule.typed(typed) else { return nil }
        if let account = try await people.store.account(named: name) { return try await identity(account) }
        guard makesUnknown else { return nil }
        do throws(PeopleError) { try await add(name) } catch {
            // Two requests at once: the other one made the account.
            guard case .refused = error else { throw .unavailable(reason: error.description) }
        }
        guard let account = try await people.store.account(named: name) else { return nil }
        return try await identity(account)
    }

    private func identity(_ account: Account) async throws(BackendError) -> Identity? {
        try await people.backend.identity(of: people.reference(id: account.id), known: nil)
    }

    private func add(_ name: UserName) async throws(PeopleError) {
        guard let tail = try? SystemRandom.octets(30) else { throw .unavailable(.randomness) }
        // Django's mark of what is no password, with 40 characters behind it.
        let unusable = "!" + String(decoding: Base64URL.encode(tail), as: UTF8.self)
        let user = NewUser(name: name, encodedPassword: unusable)
        do { _ = try await people.store.add(user, now: people.now()) } catch {
            throw people.failure(error, about: name.description)
        }
    }
}

extension People {
    /// The handle for people who were checked elsewhere.
    package var arrivals: Arrivals { Arrivals(self) }
}
