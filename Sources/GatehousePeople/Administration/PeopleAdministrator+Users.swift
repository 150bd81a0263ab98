package import GatehouseCore
package import GatehouseDatabase

/// Single people.
extension PeopleAdministrator {
    /// Makes sure that a person can be made, before anybody is asked for a password.
    ///
    /// - Returns: what judges the password.
    /// - Throws: `PeopleError.refused` if the name is no name or taken, or if groups or permissions do not exist.
    package func passwordJudge(for draft: PersonDraft) async throws(PeopleError) -> PasswordJudge {
        let name = try people.name(draft.name)
        let clashes = try await people.ask(about: draft.name) { try await $0.clashes([name]) }
        if let other = clashes.values.first {
            throw .refused(other == name ? .exists(draft.name) : .clash(draft.name, with: other))
        }
        try await people.requireKnown(draft.wanted)
        return PasswordJudge(people.passwords, of: draft.attributes(name))
    }

    /// Makes a person, whatever stands against the password: who is to be asked is `passwordJudge(for:)`.
    package func add(_ draft: PersonDraft, password: Password) async throws(PeopleError) -> PeopleChange {
        let made = try await people.add(draft, password)
        let user = try? await people.lookup.reference(draft.name)
        let event = Event(
            .userMade, about: user.map { .person($0) } ?? .nobody,
            [(.user, .text(draft.name)), (.result, .text("made"))])
        return PeopleChange(event, made: made)
    }

    /// Changes a person: all of it or nothing.
    ///
    /// - Parameters:
    ///   - typed: who.
    ///   - change: what is to become of them.
    ///   - mustChange: whether a new password has to be chosen at the next sign-in; `nil` leaves that as it is.
    /// - Returns: what came of it.
    /// - Throws: `PeopleError`.
    package func change(
        _ typed: String, _ change: UserChange, mustChange: Bool? = nil
    ) async throws(PeopleError) -> PeopleChange {
        let members: [(field: EventField, value: EventValue)] = [
            (.user, .text(typed)), (.result, .text("changed")), (.granted, .listed(change.granted)),
            (.revoked, .listed(change.revoked)), (.groupsAdded, .listed(change.addedGroups)),
            (.groupsRemoved, .listed(change.removedGroups)),
        ]
        return try await make(change, of: typed, mustChange, .userChanged, members)
    }

    /// Grants a person permissions and takes others away.
    package func changeGrants(
        of typed: String, granted: [Grant], revoked: [Grant], missing: MissingNames
    ) async throws(PeopleError) -> PeopleChange {
        var change = UserChange()
        (change.granted, change.revoked, change.missing) = (granted, revoked, missing)
        let members: [(field: EventField, value: EventValue)] = [
            (.user, .text(typed)), (.result, .text("changed")), (.granted, .listed(granted)),
            (.revoked, .listed(revoked)),
        ]
        return try await make(change, of: typed, nil, .permissionChanged, members)
    }

    private func make(
        _ change: UserChange, of typed: String, _ mustChange: Bool?, _ event: EventName,
        _ members: [(field: EventField, value: EventValue)]
    ) async throws(PeopleError) -> PeopleChange {
        let name = try people.name(typed)
        let wanted = People.WantedNames(
            groups: change.addedGroups, grants: change.granted, missing: change.missing)
        let changed = try await people.ask(about: typed, wanting: wanted) { try await $0.change(name, change) }
        if let mustChange { try await people.setMustChange(typed, mustChange) }
        let user = people.reference(id: changed.id)
        let event = Event(event, about: .person(user), members)
        try await tell([changed.id], .changed(typed), event)
        return PeopleChange(event, concerned: [user], made: changed.made, notHeld: changed.notHeld)
    }

    /// A person who has another name.
    package struct Renamed: Sendable {
        package let change: PeopleChange
        /// Both names as they are stored.
        package let old: UserName
        package let new: UserName
    }

    /// Gives a person another name; everything that hangs on the id stays, and sessions see the new name at once.
    ///
    /// - Parameters:
    ///   - typed: who.
    ///   - newName: the name that they shall sign in with.
    /// - Returns: what came of it.
    /// - Throws: `PeopleError`.
    package func rename(_ typed: String, to newName: String) async throws(PeopleError) -> Renamed {
        let old = try people.name(typed)
        let new = try people.name(newName)
        // The first step says who is not there, the second one only whose name is taken.
        _ = try await people.account(typed)
        let id = try await people.ask(about: newName) { try await $0.rename(old, to: new) }
        let user = people.reference(id: id)
        let event = Event(
            .userRenamed, about: .person(user),
            [
                (.user, .text(new.description)), (.was, .text(old.description)), (.userID, .text(id.string)),
                (.result, .text("renamed")),
            ])
        try await tell([id], .renamed(old.description, to: new.description), event)
        return Renamed(change: PeopleChange(event, concerned: [user]), old: old, new: new)
    }

    /// Removes a person for good; their sessions end.
    package func remove(_ typed: String) async throws(PeopleError) -> PeopleChange {
        let name = try people.name(typed)
        let id = try await people.ask(about: typed) { try await $0.remove(name) }
        let user = people.reference(id: id)
        func event(sessionsEnded count: Int) -> Event {
            Event(
                .userRemoved, about: .person(user),
                [(.user, .text(typed)), (.result, .text("removed")), (.sessionsEnded, .number(count))])
        }
        let count = try await sessions.follow(
            .removed(typed), .end(isGone: true), event(sessionsEnded: 0), of: people
        ) { live async throws(PeopleError) in try await live.end(user) }
        return PeopleChange(event(sessionsEnded: count), concerned: [user], sessionsEnded: count)
    }
}
