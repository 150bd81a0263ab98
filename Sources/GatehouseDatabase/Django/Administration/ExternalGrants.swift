package import GatehouseCore

/// What a provider's mapping gives somebody who has an account, to the letter: nothing that somebody else gave is taken away.
package struct ExternalGrants: Equatable, Sendable {
    package let groups: Set<GroupName>
    package let isStaff: Bool
    package let isSuperuser: Bool

    package init(groups: Set<GroupName> = [], isStaff: Bool = false, isSuperuser: Bool = false) {
        self.groups = groups
        self.isStaff = isStaff
        self.isSuperuser = isSuperuser
    }

    /// Nothing at all.
    package static let none = ExternalGrants()
}

/// Brings an account's groups and flags to what a provider's mapping gives now.
///
/// Each row remembers what came by it. What somebody has anyhow was not given, and stays when the provider says otherwise; what
/// another identity of the same account gave stays, too.
enum ExternalGiving {
    private struct Given {
        var groups: Set<Int64> = []
        var isStaff = false
        var isSuperuser = false
    }

    static func give(
        _ wanted: ExternalGrants, to user: Int64, by id: Int64, _ connection: any SQLConnection
    ) throws(DatabaseError) {
        let before = try given("id = ?", id, connection)
        let others = try given("id <> ? AND user_id = \(user)", id, connection)
        var now = Given()
        now.groups = try give(wanted.groups, to: user, before.groups, others.groups, connection)
        now.isStaff = try give(
            "is_staff", wanted.isStaff, to: user, before.isStaff, others.isStaff, connection)
        now.isSuperuser = try give(
            "is_superuser", wanted.isSuperuser, to: user, before.isSuperuser, others.isSuperuser, connection)
        try connection.execute(
            "UPDATE gatehouse_external_identities SET given_groups = ?, gave_staff = ?, gave_superuser = ? WHERE id = ?",
            [
                .text(now.groups.sorted().map(String.init).joined(separator: ",")), .flag(now.isStaff),
                .flag(now.isSuperuser), .integer(id),
            ])
    }

    private static func give(
        _ names: Set<GroupName>, to user: Int64, _ before: Set<Int64>, _ others: Set<Int64>,
        _ connection: any SQLConnection
    ) throws(DatabaseError) -> Set<Int64> {
        var wanted: Set<Int64> = []
        for name in names.sorted() { wanted.insert(try PeopleAdministration.makeGroup(name, connection).id) }
        let held = Set(
            try connection.execute("SELECT group_id FROM auth_user_groups WHERE user_id = ?", [.integer(user)])
                .compactMap { $0.integer(0) })
        for group in wanted.subtracting(held).sorted() {
            try connection.execute(
                "INSERT INTO auth_user_groups (user_id, group_id) VALUES (?, ?)", [.integer(user), .integer(group)])
        }
        for group in before.subtracting(wanted).subtracting(others).sorted() {
            try connection.execute(
                "DELETE FROM auth_user_groups WHERE user_id = ? AND group_id = ?", [.integer(user), .integer(group)])
        }
        // One that another identity gave, too, is this one's as well: whichever goes last takes it along.
        return wanted.subtracting(held).union(wanted.intersection(before)).union(wanted.intersection(others))
    }

    /// `column` is one of ours, never a text from outside.
    private static func give(
        _ column: String, _ isWanted: Bool, to user: Int64, _ before: Bool, _ others: Bool,
        _ connection: any SQLConnection
    ) throws(DatabaseError) -> Bool {
        let isHeld =
            try connection.execute("SELECT \(column) FROM auth_user WHERE id = ?", [.integer(user)]).first?.flag(0)
            ?? false
        if isWanted, !isHeld {
            try connection.execute("UPDATE auth_user SET \(column) = ? WHERE id = ?", [.flag(true), .integer(user)])
        }
        if !isWanted, before, !others {
            try connection.execute("UPDATE auth_user SET \(column) = ? WHERE id = ?", [.flag(false), .integer(user)])
        }
        return isWanted && (!isHeld || before || others)
    }

    private static func given(
        _ condition: String, _ id: Int64, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Given {
        var given = Given()
        for row in try connection.execute(
            "SELECT given_groups, gave_staff, gave_superuser FROM gatehouse_external_identities WHERE \(condition)",
            [.integer(id)])
        {
            given.groups.formUnion(row.string(0).split(separator: ",").compactMap { Int64($0) })
            given.isStaff = given.isStaff || row.flag(1)
            given.isSuperuser = given.isSuperuser || row.flag(2)
        }
        return given
    }
}
