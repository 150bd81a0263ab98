internal import GatehouseCore
internal import GatehouseDatabase

/// Asking the database, with its errors told as those of people.
extension People {
    /// Names that a change would make if it were told to.
    struct WantedNames {
        var groups: [GroupName] = []
        var grants: [Grant] = []
        var missing = MissingNames.areRefused

        /// Whether it would have helped to ask for them to be made.
        fileprivate func canMake(any names: UnknownNames) -> Bool {
            guard case .areRefused = missing else { return false }
            return !Set(groups).isDisjoint(with: names.groups)
                || !Set(grants.map(\.permission)).isDisjoint(with: names.permissions)
        }
    }

    /// Runs a piece of administration.
    ///
    /// - Parameters:
    ///   - name: what an error is about: the person, group or permission that was named.
    ///   - wanted: names that may be missing; the refusal says whether they could be made.
    ///   - work: what is asked of the database.
    /// - Returns: what it brings.
    /// - Throws: `PeopleError`; nothing was changed.
    func ask<Result>(
        about name: String, wanting wanted: WantedNames = WantedNames(),
        _ work: (PeopleAdministration) async throws -> Result
    ) async throws(PeopleError) -> Result {
        do { return try await work(administration) } catch DatabaseError.unknown(let names) {
            throw await refusal(of: names, wanted)
        } catch let error as DatabaseError {
            throw failure(error, about: name)
        } catch let error as PeopleError {
            throw error
        } catch {
            throw .unavailable(.backend(reason: "\(error)"))
        }
    }

    /// The name that a typed one stands for.
    func name(_ typed: String) throws(PeopleError) -> UserName {
        do { return try UserNameRule.normalized(typed) } catch { throw failure(error, about: typed) }
    }

    func reference(id: UTF8Text) -> UserReference { UserReference(backend: People.backendName, id: id) }

    /// The account of a typed name; inactive ones too.
    func account(_ typed: String) async throws(PeopleError) -> Account {
        let name = try name(typed)
        let account: Account?
        do { account = try await store.account(named: name) } catch {
            throw .unavailable(.backend(reason: "\(error)"))
        }
        guard let account else { throw .refused(.noSuchPerson(typed)) }
        return account
    }

    /// - Throws: `PeopleError.refused` if some of the groups or permissions do not exist and are not to be made.
    func requireKnown(_ wanted: WantedNames) async throws(PeopleError) {
        guard case .areRefused = wanted.missing else { return }
        let unknown = try await ask(about: "") { try await $0.unknown(groups: wanted.groups, grants: wanted.grants) }
        if !unknown.isEmpty { throw await refusal(of: unknown, wanted) }
    }

    /// What is said of names that are not there, with those that are.
    func refusal(of names: UnknownNames, _ wanted: WantedNames = WantedNames()) async -> PeopleError {
        let known = try? await store.knownNames(asking: Set(names.users))
        return .refused(.unknown(names, among: known, canBeMade: wanted.canMake(any: names)))
    }

    func failure(_ error: DatabaseError, about name: String = "") -> PeopleError {
        switch error {
        case .unavailable(let reason), .forbidden(let reason):
            .unavailable(.database(place: place, reason: reason))
        case .failed(let reason): .unavailable(.statement(place: place, name: name, reason: reason))
        case .duplicate: .refused(.taken(name))
        case .invalidName(let reason): .refused(.badName(name, reason: reason))
        case .notFound: .refused(.noSuchThing(name))
        case .unknown(let names): .refused(.unknown(names, among: nil, canBeMade: false))
        }
    }
}
