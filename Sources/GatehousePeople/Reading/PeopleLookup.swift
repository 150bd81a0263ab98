package import GatehouseCore
internal import GatehouseDatabase

/// Who somebody is: what the policy is told about people, and which names there are.
///
/// Works on a site's own tables, too.
package struct PeopleLookup: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// The name that a typed one stands for.
    ///
    /// - Throws: `PeopleError.refused` for what can be nobody's.
    package func name(_ typed: String) throws(PeopleError) -> UserName { try people.name(typed) }

    /// Who a name stands for; inactive people too.
    ///
    /// - Throws: `PeopleError.refused` if it is nobody's.
    package func reference(_ typed: String) async throws(PeopleError) -> UserReference {
        people.reference(id: try await people.account(typed).id)
    }

    /// Whether a typed name is somebody's.
    package func isSomebody(_ typed: String) async throws(PeopleError) -> Bool {
        do throws(PeopleError) {
            _ = try await people.account(typed)
            return true
        } catch .refused {
            return false
        } catch {
            throw error
        }
    }

    /// What the policy would be told about a person; `nil` is a stranger, also for an inactive account.
    ///
    /// - Throws: `PeopleError.refused` if there is nobody of this name.
    package func identity(named name: UserName?) async throws(PeopleError) -> Identity? {
        guard let name else { return nil }
        let account = try await people.account(name.description)
        do { return try await people.store.identity(of: account.id, backend: People.backendName) } catch {
            throw .unavailable(.backend(reason: "\(error)"))
        }
    }

    /// The names that the database has, of people only those asked about.
    package func knownNames(asking users: Set<UserName>) async throws(PeopleError) -> KnownNames {
        do { return try await people.store.knownNames(asking: users) } catch {
            throw .unavailable(.backend(reason: "\(error)"))
        }
    }

    /// Everybody's name, as far as the tables are ours.
    package func names() async throws(PeopleError) -> [UserName] {
        guard people.isManaged else { return [] }
        return try await people.ask(about: "") { administration in
            var names: [UserName] = []
            try await administration.users(UserFilter()) { page in names += page.map(\.name) }
            return names
        }
    }
}

extension People {
    /// The handle for who somebody is.
    package var lookup: PeopleLookup { PeopleLookup(self) }
}
