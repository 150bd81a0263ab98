package import GatehouseCore
package import GatehouseDatabase

/// Permissions as such.
extension PeopleAdministrator {
    /// A permission that is there now.
    package struct Declared: Sendable {
        package let change: PeopleChange
        /// Whether it was not there before.
        package let isNew: Bool
    }

    /// Makes a permission that can be granted, or gives it another label.
    package func declare(_ name: String, label: String?) async throws(PeopleError) -> Declared {
        let permission = PermissionName(name)
        let isNew = try await people.ask(about: name) { try await $0.declare(permission, label: label) }
        let event = Event(
            .permissionMade, about: .permission(permission),
            [(.permission, .text(name)), (.result, .text(isNew ? "made" : "exists"))])
        return Declared(change: PeopleChange(event), isNew: isNew)
    }

    /// Who would lose a permission that is removed.
    ///
    /// - Throws: `PeopleError.refused` with those that there are, if there is none of this name.
    package func use(of permission: PermissionName, _ typed: String) async throws(PeopleError) -> PermissionUse {
        let unknown = try await people.ask(about: permission.description) {
            try await $0.unknown(groups: [], grants: [.everywhere(permission)])
        }
        if !unknown.isEmpty { throw await people.refusal(of: unknown) }
        return try await people.ask(about: typed) { try await $0.use(of: permission) }
    }

    /// Removes a permission for good, and takes it from everybody who has it.
    ///
    /// - Parameters:
    ///   - permission: the permission.
    ///   - typed: the same as it was typed.
    ///   - use: who had it, for the event.
    /// - Returns: what came of it.
    /// - Throws: `PeopleError`.
    package func remove(
        _ permission: PermissionName, _ typed: String, usedBy use: PermissionUse
    ) async throws(PeopleError) -> PeopleChange {
        let concerned = try await people.ask(about: typed) { try await $0.removePermission(permission) }
        let event = Event(
            .permissionRemoved, about: .permission(permission),
            [
                (.permission, .text(typed)), (.result, .text("removed")), (.people, .number(use.people)),
                (.groups, .number(use.groups)),
            ])
        try await tell(concerned, .removed(typed), event)
        return PeopleChange(event, concerned: references(concerned))
    }
}
