/// What our role may do in a PostgreSQL database, and what has to be granted so that it may.
enum OwnRights {
    /// Refuses to begin where tables would have to be made and may not be.
    ///
    /// - Throws: `DatabaseError.forbidden` with the grant that is missing.
    static func requireWhatIsMissing(isComplete: Bool, _ connection: any SQLConnection) throws(DatabaseError) {
        guard connection.dialect == .postgreSQL, !isComplete else { return }
        let rows = try connection.execute(
            """
            SELECT quote_ident(current_user), quote_ident(current_schema()), quote_ident(current_database()),
                coalesce(has_schema_privilege(current_schema(), 'CREATE'), false), current_setting('search_path')
            """)
        guard let row = rows.first else { return }
        let (role, schema, database) = (row.string(0), row.string(1), row.string(2))
        guard !schema.isEmpty else {
            throw .forbidden(
                reason: "no schema of the search path (\(row.string(4))) is there for the role \(role): "
                    + "as the owner of the database, say `CREATE SCHEMA \(role) AUTHORIZATION \(role)`, "
                    + "or `GRANT USAGE, CREATE ON SCHEMA public TO \(role)`")
        }
        guard row.flag(3) else {
            throw .forbidden(
                reason:
                    "the role \(role) may make no tables in the schema \(schema) of the database \(database); since "
                    + "PostgreSQL 15 only the owner may. As the owner, say `GRANT CREATE ON SCHEMA \(schema) TO \(role)`, "
                    + "or as an administrator `ALTER DATABASE \(database) OWNER TO \(role)`")
        }
    }

    /// Says what to grant where something is refused that was not foreseen, such as tables of another role.
    static func explaining<Result>(
        _ connection: any SQLConnection, _ body: (any SQLConnection) throws(DatabaseError) -> Result
    ) throws(DatabaseError) -> Result {
        do throws(DatabaseError) { return try body(connection) } catch .forbidden(let reason) {
            let row = try connection.execute(
                "SELECT quote_ident(current_user), coalesce(quote_ident(current_schema()), 'public')"
            ).first
            let (role, schema) = (row?.string(0) ?? "", row?.string(1) ?? "")
            throw .forbidden(
                reason:
                    "\(reason). As the owner of the tables, say `GRANT SELECT, INSERT, UPDATE, DELETE, REFERENCES, TRIGGER "
                    + "ON ALL TABLES IN SCHEMA \(schema) TO \(role)` and `GRANT USAGE ON ALL SEQUENCES IN SCHEMA \(schema) TO \(role)`"
            )
        }
    }
}
