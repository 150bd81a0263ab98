package import GatehouseCore
package import GatehouseDatabase

/// Groups and their members.
extension PeopleAdministrator {
    /// Makes a group.
    package func addGroup(_ name: String) async throws(PeopleError) -> PeopleChange {
        let group = GroupName(name)
        try await people.ask(about: name) { try await $0.addGroup(group) }
        return PeopleChange(
            Event(.groupMade, about: .group(group), [(.group, .text(name)), (.result, .text("made"))]))
    }

    /// Grants a group permissions and takes others away.
    package func changeGrants(
        ofGroup name: String, granted: [Grant], revoked: [Grant], missing: MissingNames
    ) async throws(PeopleError) -> PeopleChange {
        let group = GroupName(name)
        let wanted = People.WantedNames(grants: granted, missing: missing)
        let changed = try await people.ask(about: name, wanting: wanted) {
            try await $0.changeGroup(group, granted: granted, revoked: revoked, missing: missing)
        }
        let event = Event(
            .permissionChanged, about: .group(group),
            [
                (.group, .text(name)), (.result, .text("changed")), (.members, .number(changed.members.count)),
                (.granted, .listed(granted)), (.revoked, .listed(revoked)),
            ])
        try await tell(changed.members, .changed(name), event)
        return PeopleChange(
            event, concerned: references(changed.members), made: changed.made, notHeld: changed.notHeld)
    }

    /// People who are members now, or are none.
    package struct MembersSet: Sendable {
        package let change: PeopleChange
        /// How many joined or left.
        package let count: Int
        /// Who was in the group already, or was not in it.
        package let unchanged: [UserName]
    }

    /// Takes people into a group or out of it: all of them or, if one is unknown, nobody.
    ///
    /// - Parameters:
    ///   - name: the group.
    ///   - typed: who.
    ///   - areMembers: what they are to be afterwards.
    /// - Returns: what came of it.
    /// - Throws: `PeopleError`.
    package func setMembers(
        of name: String, _ typed: [String], areMembers: Bool
    ) async throws(PeopleError) -> MembersSet {
        var users: [UserName] = []
        for one in typed { users.append(try people.name(one)) }
        let (group, names) = (GroupName(name), users)
        let changed = try await people.ask(about: name) {
            try await $0.setMembers(of: group, names, areMembers: areMembers)
        }
        let count = changed.changed.count
        let event = Event(
            .groupChanged, about: .group(group),
            [
                (.group, .text(name)), (.result, .text("changed")), (areMembers ? .joined : .left, .number(count)),
                (.unchanged, .listed(changed.unchanged)),
            ])
        try await tell(changed.changed, .membersChanged(name), event)
        return MembersSet(
            change: PeopleChange(event, concerned: references(changed.changed)), count: count,
            unchanged: changed.unchanged)
    }

    /// Gives a group another name; members and permissions stay.
    package func renameGroup(_ name: String, to newName: String) async throws(PeopleError) -> PeopleChange {
        let (old, new) = (GroupName(name), GroupName(newName))
        // The first step says what is not there, the second one only that the name is taken.
        _ = try await people.ask(about: name) { try await $0.group(old) }
        let members = try await people.ask(about: newName) { try await $0.renameGroup(old, to: new) }
        let event = Event(
            .groupRenamed, about: .group(new),
            [
                (.group, .text(newName)), (.was, .text(name)), (.result, .text("renamed")),
                (.members, .number(members.count)),
            ])
        try await tell(members, .renamed(name, to: newName), event)
        return PeopleChange(event, concerned: references(members))
    }

    /// Removes a group; its members stay, without it, and are those who are concerned.
    package func removeGroup(_ name: String) async throws(PeopleError) -> PeopleChange {
        let group = GroupName(name)
        let members = try await people.ask(about: name) { try await $0.removeGroup(group) }
        let event = Event(
            .groupRemoved, about: .group(group),
            [(.group, .text(name)), (.result, .text("removed")), (.members, .number(members.count))])
        try await tell(members, .removed(name), event)
        return PeopleChange(event, concerned: references(members))
    }

    /// Tells the sessions of people, given by their primary keys, what counts now.
    ///
    /// - Parameters:
    ///   - ids: whose.
    ///   - change: what stands in the database.
    ///   - event: what to write down of it.
    /// - Throws: `PeopleError.unfollowed` with the event, if the store gives no answer.
    func tell(_ ids: [UTF8Text], _ change: Unfollowed.Change, _ event: Event) async throws(PeopleError) {
        try await sessions.follow(change, .learn, event, of: people) { live async throws(PeopleError) in
            try await live.refresh(ids)
        }
    }

    func references(_ ids: [UTF8Text]) -> [UserReference] { ids.map { people.reference(id: $0) } }
}
