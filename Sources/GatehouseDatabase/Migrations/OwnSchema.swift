/// The tables that are Gatehouse's own, beside Django's.
///
/// Rows go with the person, group or permission they belong to, whoever deletes it: Django knows nothing of these tables. On
/// SQLite foreign keys see to that, on PostgreSQL the triggers of `OwnTriggers`.
enum OwnSchema {
    /// Permissions on single objects, and the hashes of earlier passwords.
    static func objectsAndHistory(_ dialect: SQLDialect) -> [String] {
        let (id, moment) =
            switch dialect {
            case .sqlite: ("integer NOT NULL PRIMARY KEY AUTOINCREMENT", "datetime")
            case .postgreSQL: ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "timestamp with time zone")
            }
        return [
            """
            CREATE TABLE gatehouse_object_permissions (
                id \(id),
                user_id integer REFERENCES auth_user (id) ON DELETE CASCADE,
                group_id integer REFERENCES auth_group (id) ON DELETE CASCADE,
                permission_id integer NOT NULL REFERENCES auth_permission (id) ON DELETE CASCADE,
                object_kind varchar(100) NOT NULL,
                object_id varchar(255) NOT NULL,
                CHECK ((user_id IS NULL) <> (group_id IS NULL))
            )
            """,
            """
            CREATE UNIQUE INDEX gatehouse_object_permissions_user
            ON gatehouse_object_permissions (user_id, permission_id, object_kind, object_id) WHERE user_id IS NOT NULL
            """,
            """
            CREATE UNIQUE INDEX gatehouse_object_permissions_group
            ON gatehouse_object_permissions (group_id, permission_id, object_kind, object_id)
            WHERE group_id IS NOT NULL
            """,
            """
            CREATE INDEX gatehouse_object_permissions_object
            ON gatehouse_object_permissions (permission_id, object_kind, object_id)
            """,
            """
            CREATE TABLE gatehouse_password_history (
                id \(id),
                user_id integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE,
                encoded varchar(512) NOT NULL,
                replaced_at \(moment) NOT NULL
            )
            """,
            "CREATE INDEX gatehouse_password_history_user ON gatehouse_password_history (user_id, id)",
        ]
    }

    /// Second factors that an import brought, sealed by a key that is not in the database; for the factors to come.
    static func pendingFactor(_ dialect: SQLDialect) -> [String] {
        // On PostgreSQL no table of Django's is referred to: `manage.py flush` empties them by TRUNCATE.
        let (id, user, moment) =
            switch dialect {
            case .sqlite:
                (
                    "integer NOT NULL PRIMARY KEY AUTOINCREMENT",
                    "integer NOT NULL REFERENCES auth_user (id) ON DELETE CASCADE", "datetime"
                )
            case .postgreSQL:
                ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "integer NOT NULL", "timestamp with time zone")
            }
        return [
            """
            CREATE TABLE gatehouse_pending_factor (
                id \(id),
                user_id \(user),
                sealed text NOT NULL,
                kept_at \(moment) NOT NULL
            )
            """,
            "CREATE INDEX gatehouse_pending_factor_user ON gatehouse_pending_factor (user_id)",
        ]
    }

    /// People of providers: whom they are here, or which name nobody else gets where they have no account.
    ///
    /// Moments are milliseconds since 1970: they are read again. What a mapping gave is kept by the groups' primary keys, so that
    /// it alone can be taken back.
    static func externalIdentities(_ dialect: SQLDialect) -> [String] {
        // On PostgreSQL no table of Django's is referred to, as above.
        let (id, user) =
            switch dialect {
            case .sqlite:
                ("integer NOT NULL PRIMARY KEY AUTOINCREMENT", "integer REFERENCES auth_user (id) ON DELETE CASCADE")
            case .postgreSQL: ("bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY", "integer")
            }
        return [
            """
            CREATE TABLE gatehouse_external_identities (
                id \(id),
                provider varchar(32) NOT NULL,
                issuer text NOT NULL,
                subject varchar(255) NOT NULL,
                user_id \(user),
                held_name varchar(150),
                held_key text,
                created_at bigint NOT NULL,
                last_used_at bigint,
                email varchar(254) NOT NULL,
                name varchar(254) NOT NULL,
                given_groups text NOT NULL,
                gave_staff boolean NOT NULL,
                gave_superuser boolean NOT NULL,
                CHECK ((user_id IS NULL) <> (held_name IS NULL)),
                CHECK ((held_name IS NULL) = (held_key IS NULL))
            )
            """,
            """
            CREATE UNIQUE INDEX gatehouse_external_identities_person ON gatehouse_external_identities (issuer, subject)
            """,
            """
            CREATE UNIQUE INDEX gatehouse_external_identities_name ON gatehouse_external_identities (held_key)
            WHERE held_key IS NOT NULL
            """,
            "CREATE INDEX gatehouse_external_identities_user ON gatehouse_external_identities (user_id)",
        ]
    }

    /// The people who have to choose a new password at their next sign-in.
    static let mustChangePassword = """
        CREATE TABLE gatehouse_must_change_password (
            user_id integer NOT NULL PRIMARY KEY REFERENCES auth_user (id) ON DELETE CASCADE
        )
        """
}
