/// The tables of `django.contrib.auth` and `django.contrib.contenttypes` as Django 5.2 makes them on SQLite.
///
/// Names of indexes and constraints are Django's too: its own `migrate` finds nothing to do.
enum DjangoSchema {
    static let statements: [String] = [
        """
        CREATE TABLE IF NOT EXISTS "django_migrations" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "app" varchar(255) NOT NULL,
            "name" varchar(255) NOT NULL,
            "applied" datetime NOT NULL
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "django_content_type" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "app_label" varchar(100) NOT NULL,
            "model" varchar(100) NOT NULL
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_permission" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "content_type_id" integer NOT NULL \
            REFERENCES "django_content_type" ("id") DEFERRABLE INITIALLY DEFERRED,
            "codename" varchar(100) NOT NULL,
            "name" varchar(255) NOT NULL
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_group" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "name" varchar(150) NOT NULL UNIQUE
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_group_permissions" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED,
            "permission_id" integer NOT NULL \
            REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_user" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "password" varchar(128) NOT NULL,
            "last_login" datetime NULL,
            "is_superuser" bool NOT NULL,
            "username" varchar(150) NOT NULL UNIQUE,
            "last_name" varchar(150) NOT NULL,
            "email" varchar(254) NOT NULL,
            "is_staff" bool NOT NULL,
            "is_active" bool NOT NULL,
            "date_joined" datetime NOT NULL,
            "first_name" varchar(150) NOT NULL
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_user_groups" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
            "group_id" integer NOT NULL REFERENCES "auth_group" ("id") DEFERRABLE INITIALLY DEFERRED
        )
        """,
        """
        CREATE TABLE IF NOT EXISTS "auth_user_user_permissions" (
            "id" integer NOT NULL PRIMARY KEY AUTOINCREMENT,
            "user_id" integer NOT NULL REFERENCES "auth_user" ("id") DEFERRABLE INITIALLY DEFERRED,
            "permission_id" integer NOT NULL \
            REFERENCES "auth_permission" ("id") DEFERRABLE INITIALLY DEFERRED
        )
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_group_permissions_group_id_b120cbf9" \
        ON "auth_group_permissions" ("group_id")
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "auth_group_permissions_group_id_permission_id_0cd325b0_uniq" \
        ON "auth_group_permissions" ("group_id", "permission_id")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_group_permissions_permission_id_84c5c92e" \
        ON "auth_group_permissions" ("permission_id")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_permission_content_type_id_2f476e4b" \
        ON "auth_permission" ("content_type_id")
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "auth_permission_content_type_id_codename_01ab375a_uniq" \
        ON "auth_permission" ("content_type_id", "codename")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_user_groups_group_id_97559544" \
        ON "auth_user_groups" ("group_id")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_user_groups_user_id_6a12ed8b" \
        ON "auth_user_groups" ("user_id")
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "auth_user_groups_user_id_group_id_94350c0c_uniq" \
        ON "auth_user_groups" ("user_id", "group_id")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_user_user_permissions_permission_id_1fbb5f2c" \
        ON "auth_user_user_permissions" ("permission_id")
        """,
        """
        CREATE INDEX IF NOT EXISTS "auth_user_user_permissions_user_id_a95ead1b" \
        ON "auth_user_user_permissions" ("user_id")
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "auth_user_user_permissions_user_id_permission_id_14a6b632_uniq" \
        ON "auth_user_user_permissions" ("user_id", "permission_id")
        """,
        """
        CREATE UNIQUE INDEX IF NOT EXISTS "django_content_type_app_label_model_76bd3d3b_uniq" \
        ON "django_content_type" ("app_label", "model")
        """,
    ]

    /// The rows of `django_migrations` that say what the statements above did, in Django's order.
    static let appliedMigrations: [(app: String, name: String)] = [
        ("contenttypes", "0001_initial"),
        ("auth", "0001_initial"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("auth", "0002_alter_permission_name_max_length"),
        ("auth", "0003_alter_user_email_max_length"),
        ("auth", "0004_alter_user_username_opts"),
        ("auth", "0005_alter_user_last_login_null"),
        ("auth", "0006_require_contenttypes_0002"),
        ("auth", "0007_alter_validators_add_error_messages"),
        ("auth", "0008_alter_user_username_max_length"),
        ("auth", "0009_alter_user_last_name_max_length"),
        ("auth", "0010_alter_group_name_max_length"),
        ("auth", "0011_update_proxy_permissions"),
        ("auth", "0012_alter_user_first_name_max_length"),
    ]

    /// The models whose permissions Django makes itself.
    static let models: [(app: String, model: String, name: String)] = [
        ("auth", "permission", "permission"), ("auth", "group", "group"), ("auth", "user", "user"),
        ("contenttypes", "contenttype", "content type"),
    ]
}
