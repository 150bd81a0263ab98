package import GatehouseCore
private import GatehouseDatabase

/// People of a provider who have no account, as a backend: nobody signs in by it with a password, and it says who is still there.
///
/// What they are was said at their sign-in, or when the provider was asked again. They are gone once somebody freed their name,
/// linked them to an account, or made an account of that name.
package struct ExternalBackend: Backend {
    package let name: BackendName
    private let people: People

    fileprivate init(_ name: BackendName, _ people: People) {
        self.name = name
        self.people = people
    }

    package func authenticate(_ credentials: Credentials) async throws(BackendError) -> AuthenticationResult {
        .notMine
    }

    package func identity(of user: UserReference, known: Identity?) async throws(BackendError) -> Identity? {
        guard user.backend == name, let known, known.user == user else { return nil }
        guard let key = try await holder(of: known.name) else { return nil }
        return try ExternalPeople.reference(key, at: name.text) == user ? known : nil
    }

    /// Who has a name without having an account; `nil` if nobody has it, or somebody with an account as well.
    private func holder(of name: UserName) async throws(BackendError) -> ExternalKey? {
        let store = people.externalIdentities
        do throws(DatabaseError) {
            guard let holder = try await store.holder(of: name), holder.owner == .name(name),
                try await !store.isAccountPlainly(name)
            else { return nil }
            return holder.key
        } catch {
            throw .unavailable(reason: "database: \(error)")
        }
    }
}

extension People {
    /// Says who is still there of the people of a provider who have no account.
    package func externalBackend(_ provider: UTF8Text) -> ExternalBackend {
        ExternalBackend(BackendName(provider), self)
    }
}
