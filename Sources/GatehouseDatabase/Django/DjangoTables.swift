// Wide: one property per name that a site may have chosen.
/// Where people are in a Django database: its own tables, or those of a site with a user model of its own.
///
/// Names have letters, digits and `_` only, which the configuration makes sure of.
package struct DjangoTables: Equatable, Sendable {
    /// Tables, as `table` or `schema.table`.
    package var users = "auth_user"
    package var userGroups = "auth_user_groups"
    package var userPermissions = "auth_user_user_permissions"

    /// Columns of the users' table; an empty name stands for a column that the model does not have.
    package var id = "id"
    package var username = "username"
    package var password = "password"
    package var email = "email"
    package var firstName = "first_name"
    package var lastName = "last_name"
    package var isActive = "is_active"
    package var isStaff = "is_staff"
    package var isSuperuser = "is_superuser"
    package var lastLogin = "last_login"

    /// The column of both link tables that names the user; it is called after the model.
    package var user = "user_id"

    /// Whether the tables are Gatehouse's to make and to change; a foreign site's are only read.
    package var isManaged = true
    /// Whether a foreign site's rows are told of sign-ins and get better hashes.
    package var writesBack = true

    package init() {}

    /// The tables that tell what somebody is and may do, as SQL spells them.
    ///
    /// `guardian` are those of django-guardian that are read, too.
    func aboutPeople(_ guardian: ObjectGrantQueries.Guardian) -> [String] {
        [users, userGroups, userPermissions].map(quoted) + DjangoTables.aboutGroups
            + (isManaged ? ["gatehouse_object_permissions"] : []) + guardian.tables
    }

    static let aboutGroups = ["auth_group", "auth_group_permissions", "auth_permission", "django_content_type"]

    /// A table or column as SQL takes it, whatever reserved word it is.
    func quoted(_ name: String) -> String {
        name.split(separator: ".").map { "\"\($0)\"" }.joined(separator: ".")
    }

    /// A column, or what stands for it where the model has none.
    func column(_ name: String, else missing: String) -> String { name.isEmpty ? missing : quoted(name) }
}
