internal import GatehouseCore

/// Rows of `auth_user`.
enum UserRows {
    /// The primary key of the person of a name.
    ///
    /// - Throws: `DatabaseError.notFound`.
    static func id(of name: UserName, _ connection: any SQLConnection) throws(DatabaseError) -> Int64 {
        guard !name.text.bytes.contains(0) else { throw .notFound }
        let rows = try connection.execute("SELECT id FROM auth_user WHERE username = ?", [.text(name.text.bytes)])
        guard let id = rows.first?.integer(0) else { throw .notFound }
        return id
    }
}
