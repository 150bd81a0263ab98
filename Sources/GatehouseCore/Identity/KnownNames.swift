/// The names that the database of people has, for comparing them with those that a configuration uses.
package struct KnownNames: Equatable, Sendable {
    package let groups: Set<GroupName>
    package let permissions: Set<PermissionName>
    /// The permissions that some person or group has, on everything or on one object.
    package let granted: Set<PermissionName>
    /// Of the people who were asked about, those who are there.
    package let users: Set<UserName>
    /// People whose names are about as long as those that are not there.
    package let similarUsers: [UserName]

    package init(
        groups: Set<GroupName> = [], permissions: Set<PermissionName> = [], granted: Set<PermissionName> = [],
        users: Set<UserName> = [], similarUsers: [UserName] = []
    ) {
        self.groups = groups
        self.permissions = permissions
        self.granted = granted
        self.users = users
        self.similarUsers = similarUsers
    }
}
