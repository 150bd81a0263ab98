/// What makes our rows go with the people, groups and permissions they belong to, on PostgreSQL.
///
/// Foreign keys did so at first, but PostgreSQL empties no table that a foreign key points at: `manage.py flush` of a Django site
/// on the same database failed. Triggers see a TRUNCATE, too, and run in the transaction that deletes, so that whoever gets the
/// number next never finds what was left to somebody else. What is given up: whoever turns triggers off
/// (`pg_restore --disable-triggers`) can leave rows behind, which the next `gatehouse migrate` removes.
enum OwnTriggers {
    private static let forgetting = ["auth_user": "user", "auth_group": "group", "auth_permission": "permission"]
    private static let own = [
        "gatehouse_object_permissions", "gatehouse_password_history", "gatehouse_must_change_password",
        "gatehouse_pending_factor", "gatehouse_external_identities",
    ]

    /// Whether every table has its triggers; a table that was dropped and made anew has lost them.
    static func areThere(_ connection: any SQLConnection) throws(DatabaseError) -> Bool {
        guard connection.dialect == .postgreSQL else { return true }
        let rows = try connection.execute(
            """
            SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal AND tgenabled <> 'D' AND (
                tgname IN ('gatehouse_forget', 'gatehouse_forget_all') AND tgrelid IN (
                    to_regclass('auth_user'), to_regclass('auth_group'), to_regclass('auth_permission'))
                OR tgname = 'gatehouse_refer' AND tgrelid IN (
                    \(own.map { "to_regclass('\($0)')" }.joined(separator: ", "))))
            """)
        return rows.first?.integer(0) == Int64(2 * forgetting.count + own.count)
    }

    /// The foreign keys of earlier versions, whatever they are called.
    static let dropForeignKeys = [
        checkNow,
        """
        DO $body$
        DECLARE found record;
        BEGIN
            FOR found IN SELECT conrelid::regclass AS home, conname FROM pg_constraint WHERE contype = 'f' AND conrelid IN (
                \(own.map { "to_regclass('\($0)')" }.joined(separator: ", ")))
            LOOP
                EXECUTE format('ALTER TABLE %s DROP CONSTRAINT %I', found.home, found.conname);
            END LOOP;
        END $body$
        """,
    ]

    /// PostgreSQL changes no table of which checks are still due.
    private static let checkNow = "SET CONSTRAINTS ALL IMMEDIATE"

    /// The functions, in the schema of our tables, and the triggers.
    static let make: [String] =
        [
            checkNow, function("gatehouse_forget", isDefiner: true, forget),
            function("gatehouse_refer", isDefiner: false, refer),
            "REVOKE ALL ON FUNCTION gatehouse_forget() FROM PUBLIC",
        ]
        + forgetting.sorted { $0.key < $1.key }.flatMap { table, kind in
            // Not "UPDATE OF id": PostgreSQL would let no migration change the type of a column that a trigger names.
            trigger(
                "gatehouse_forget", "AFTER DELETE OR UPDATE", table, "ROW", "gatehouse_forget('\(kind)')")
                + trigger("gatehouse_forget_all", "AFTER TRUNCATE", table, "STATEMENT", "gatehouse_forget('\(kind)')")
        }
        + own.flatMap { trigger("gatehouse_refer", "BEFORE INSERT OR UPDATE", $0, "ROW", "gatehouse_refer()") }

    /// Removes what belongs to nobody any more, which is left where triggers were off.
    ///
    /// Only what is there takes the right to delete it, and where we may not even look nothing is looked for.
    ///
    /// - Returns: how many rows that were.
    static func sweep(_ connection: any SQLConnection) throws(DatabaseError) -> Int {
        guard connection.dialect == .postgreSQL, try mayLook(connection) else { return 0 }
        var removed = 0
        for (table, condition) in orphans {
            let found = try connection.execute("SELECT 1 FROM \(table) o WHERE \(condition) LIMIT 1")
            if found.isEmpty { continue }
            try connection.execute("DELETE FROM \(table) o WHERE \(condition)")
            removed += connection.changes
        }
        return removed
    }

    /// Which rows belong to nobody.
    private static let orphans: [(table: String, condition: String)] =
        own.map { ($0, "user_id IS NOT NULL AND \(isGone("auth_user", "user_id"))") }
        + [
            (
                "gatehouse_object_permissions",
                "(group_id IS NOT NULL AND \(isGone("auth_group", "group_id")) "
                    + "OR \(isGone("auth_permission", "permission_id")))"
            )
        ]

    private static func mayLook(_ connection: any SQLConnection) throws(DatabaseError) -> Bool {
        let tables = own + forgetting.keys.sorted()
        let rights = tables.map { "has_table_privilege(to_regclass('\($0)'), 'SELECT')" }
        return try connection.execute("SELECT \(rights.joined(separator: " AND "))").first?.flag(0) ?? false
    }

    private static func isGone(_ table: String, _ column: String) -> String {
        "NOT EXISTS (SELECT 1 FROM \(table) t WHERE t.id = o.\(column))"
    }

    private static func trigger(
        _ name: String, _ moment: String, _ table: String, _ each: String, _ call: String
    ) -> [String] {
        [
            "DROP TRIGGER IF EXISTS \(name) ON \(table)",
            "CREATE TRIGGER \(name) \(moment) ON \(table) FOR EACH \(each) EXECUTE FUNCTION \(call)",
        ]
    }

    /// A function that finds its tables whatever the search path of whoever sets it off; a dump is restored with an empty one.
    ///
    /// As definer it runs with the rights of whoever migrates, since Django's role may have none on our tables.
    private static func function(_ name: String, isDefiner: Bool, _ body: String) -> String {
        """
        DO $outer$
        DECLARE ours text; theirs text;
        BEGIN
            SELECT relnamespace::regnamespace::text INTO ours FROM pg_class
            WHERE oid = 'gatehouse_object_permissions'::regclass;
            SELECT relnamespace::regnamespace::text INTO theirs FROM pg_class WHERE oid = 'auth_user'::regclass;
            EXECUTE 'CREATE OR REPLACE FUNCTION ' || ours || '.\(name)() RETURNS trigger LANGUAGE plpgsql '
                || '\(isDefiner ? "SECURITY DEFINER " : "")SET search_path = ' || ours || ', ' || theirs || ', pg_temp AS '
                || quote_literal($inner$\(body)$inner$);
        END $outer$
        """
    }

    private static let forget = """
        BEGIN
            IF TG_OP = 'TRUNCATE' THEN
                IF TG_ARGV[0] = 'user' THEN
                    DELETE FROM gatehouse_object_permissions WHERE user_id IS NOT NULL;
                    DELETE FROM gatehouse_password_history;
                    DELETE FROM gatehouse_must_change_password;
                    DELETE FROM gatehouse_pending_factor;
                    DELETE FROM gatehouse_external_identities WHERE user_id IS NOT NULL;
                ELSIF TG_ARGV[0] = 'group' THEN
                    DELETE FROM gatehouse_object_permissions WHERE group_id IS NOT NULL;
                ELSE
                    DELETE FROM gatehouse_object_permissions;
                END IF;
            ELSIF TG_OP = 'UPDATE' AND NEW.id = OLD.id THEN
                NULL;
            ELSIF TG_ARGV[0] = 'user' THEN
                DELETE FROM gatehouse_object_permissions WHERE user_id = OLD.id;
                DELETE FROM gatehouse_password_history WHERE user_id = OLD.id;
                DELETE FROM gatehouse_must_change_password WHERE user_id = OLD.id;
                DELETE FROM gatehouse_pending_factor WHERE user_id = OLD.id;
                DELETE FROM gatehouse_external_identities WHERE user_id = OLD.id;
            ELSIF TG_ARGV[0] = 'group' THEN
                DELETE FROM gatehouse_object_permissions WHERE group_id = OLD.id;
            ELSE
                DELETE FROM gatehouse_object_permissions WHERE permission_id = OLD.id;
            END IF;
            RETURN NULL;
        END
        """

    /// Keeps whom a new row belongs to from being deleted until the row counts.
    private static let refer = """
        BEGIN
            IF NEW.user_id IS NOT NULL THEN
                PERFORM 1 FROM auth_user WHERE id = NEW.user_id FOR KEY SHARE;
                IF NOT FOUND THEN RAISE foreign_key_violation USING MESSAGE = 'the person is gone'; END IF;
            END IF;
            IF TG_TABLE_NAME = 'gatehouse_object_permissions' THEN
                IF NEW.group_id IS NOT NULL THEN
                    PERFORM 1 FROM auth_group WHERE id = NEW.group_id FOR KEY SHARE;
                    IF NOT FOUND THEN RAISE foreign_key_violation USING MESSAGE = 'the group is gone'; END IF;
                END IF;
                PERFORM 1 FROM auth_permission WHERE id = NEW.permission_id FOR KEY SHARE;
                IF NOT FOUND THEN RAISE foreign_key_violation USING MESSAGE = 'the permission is gone'; END IF;
            END IF;
            RETURN NEW;
        END
        """
}
