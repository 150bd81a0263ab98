package import GatehouseCore
internal import GatehouseDatabase
internal import GatehousePasswords

/// Makes the first administrator, where nobody could have made one: it adds an active superuser, and nothing else.
package struct FirstAdministratorMaker: Sendable {
    private let people: People

    fileprivate init(_ people: People) { self.people = people }

    /// What a password must be like, a sentence each.
    package var hints: [String] { people.passwords.rules.helpTexts }

    /// Whether nobody may do everything yet.
    package func isNeeded() async throws(BackendError) -> Bool { try await !people.store.hasSuperuser() }

    /// Whether there was an administrator before; `remember` says so for good.
    package func wasThere() async throws(BackendError) -> Bool { try await people.store.remembersSuperuser() }

    /// Notes that there is an administrator, so that none is made unasked when that one is gone.
    package func remember() async throws(BackendError) { try await people.store.rememberSuperuser(at: people.now()) }

    /// Makes an administrator whose password the rules take, and who counts as signed in.
    ///
    /// - Returns: who it is.
    /// - Throws: `PeopleError.refused` if the name or the password will not do.
    package func make(_ typed: String, password: Password) async throws(PeopleError) -> Identity {
        let identity = try await appoint(typed, password: password)
        // Made and signed in with the same form: it counts as a sign-in like any other.
        try? await people.store.recordSignIn(of: identity.user.id, at: people.now())
        return identity
    }

    /// Makes an administrator whose password the rules take, and who has not signed in yet.
    ///
    /// - Returns: who it is.
    /// - Throws: `PeopleError.refused` if the name or the password will not do.
    package func appoint(_ typed: String, password: Password) async throws(PeopleError) -> Identity {
        let name = try people.name(typed)
        try await people.passwords.judge(ofNewcomer: name).require(password)
        try await add(typed, password: password)
        guard let identity = try await people.lookup.identity(named: UserName(typed)) else {
            throw .unavailable(.backend(reason: "the new administrator is gone"))
        }
        return identity
    }

    /// Makes an administrator whatever the rules say: whoever calls this has asked them.
    package func add(_ typed: String, password: Password) async throws(PeopleError) {
        var draft = PersonDraft(name: typed)
        (draft.isStaff, draft.isSuperuser) = (true, true)
        _ = try await people.add(draft, password)
    }
}

extension People {
    /// The handle for the first administrator.
    package var firstAdministrator: FirstAdministratorMaker { FirstAdministratorMaker(self) }
}
