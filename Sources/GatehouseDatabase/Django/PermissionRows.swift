internal import GatehouseCore

/// Rows of `auth_permission` and the content types they hang on.
enum PermissionRows {
    /// Makes the row of a permission unless there is one.
    ///
    /// The model is the text after `add_`, `change_`, `delete_` or `view_`, else the codename itself.
    /// - Returns: the row's id, and whether it was made now.
    static func declare(
        _ permission: PermissionName, _ connection: SQLiteConnection
    ) throws(DatabaseError) -> (id: Int64, isNew: Bool) {
        let bytes = permission.text.bytes
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")), dot > 0, dot + 1 < bytes.count, dot <= 100,
            bytes.count - dot - 1 <= 100
        else { throw .invalidName(reason: "a permission is app_label.codename, each at most 100 characters") }
        let app = Array(bytes[..<dot])
        let codename = Array(bytes[(dot + 1)...])
        let found = try connection.execute(
            """
            SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
            WHERE c.app_label = ? AND p.codename = ?
            """, [.text(app), .text(codename)])
        if let id = found.first?.integer(0) { return (id, false) }
        let action = ["add_", "change_", "delete_", "view_"].first { codename.starts(with: $0.utf8) }
        let model = action.map { Array(codename.dropFirst($0.utf8.count)) } ?? codename
        let name = String(decoding: codename, as: UTF8.self)
        return (
            try make(
                app: app, model: model.isEmpty ? codename : model, codename: codename, name: "Can \(name)", connection),
            true
        )
    }

    /// Makes a content type and a permission on it unless they exist.
    static func make(
        app: [UInt8], model: [UInt8], codename: [UInt8], name: String, _ connection: SQLiteConnection
    ) throws(DatabaseError) -> Int64 {
        try connection.execute(
            "INSERT OR IGNORE INTO django_content_type (app_label, model) VALUES (?, ?)", [.text(app), .text(model)])
        try connection.execute(
            """
            INSERT OR IGNORE INTO auth_permission (content_type_id, codename, name)
            SELECT id, ?, ? FROM django_content_type WHERE app_label = ? AND model = ?
            """, [.text(codename), .text(name), .text(app), .text(model)])
        let row = try connection.execute(
            """
            SELECT p.id FROM auth_permission p JOIN django_content_type c ON c.id = p.content_type_id
            WHERE c.app_label = ? AND c.model = ? AND p.codename = ?
            """, [.text(app), .text(model), .text(codename)])
        guard let id = row.first?.integer(0) else { throw .failed(reason: "a permission row could not be made") }
        return id
    }
}
