package import GatehouseCore
package import GatehouseDatabase

/// A person who is to be made, as they were typed.
package struct PersonDraft: Sendable {
    package let name: String
    package var email = ""
    package var firstName = ""
    package var lastName = ""
    package var isActive = true
    package var isStaff = false
    package var isSuperuser = false
    package var groups: [GroupName] = []
    package var granted: [Grant] = []
    /// What becomes of groups and permissions among them that do not exist.
    package var missing = MissingNames.areRefused
    /// Whether a new password has to be chosen at the first sign-in.
    package var mustChange = false

    package init(name: String) { self.name = name }

    var wanted: People.WantedNames { People.WantedNames(groups: groups, grants: granted, missing: missing) }

    func attributes(_ name: UserName) -> PersonAttributes {
        PersonAttributes(
            username: name.text, firstName: UTF8Text(firstName), lastName: UTF8Text(lastName), email: UTF8Text(email))
    }
}

extension People {
    /// Makes a person, whatever the rules for new passwords say: whoever calls this has asked them.
    func add(_ draft: PersonDraft, _ password: Password) async throws(PeopleError) -> MadeAlongside {
        let name = try name(draft.name)
        let encoded = try await passwords.hash(password)
        let user = NewUser(
            name: name, encodedPassword: encoded, email: draft.email, firstName: draft.firstName,
            lastName: draft.lastName, isStaff: draft.isStaff, isSuperuser: draft.isSuperuser, isActive: draft.isActive,
            groups: draft.groups, granted: draft.granted, missing: draft.missing)
        let (store, now) = (store, now())
        let made = try await ask(about: draft.name, wanting: draft.wanted) { _ in try await store.add(user, now: now) }
        if draft.mustChange { try await setMustChange(draft.name, true) }
        return made
    }

    /// Says whether a person has to choose a new password at the next sign-in.
    func setMustChange(_ typed: String, _ mustChange: Bool) async throws(PeopleError) {
        let name = try name(typed)
        do { try await store.setMustChange(mustChange, of: name) } catch { throw failure(error, about: typed) }
    }
}
