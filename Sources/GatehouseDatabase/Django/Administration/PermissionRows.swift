internal import GatehouseCore

/// Rows of `auth_permission` and the content types they hang on.
enum PermissionRows {
    /// Makes the row of a permission unless there is one.
    ///
    /// The model is the text after `add_`, `change_`, `delete_` or `view_`, else the codename itself.
    /// - Returns: the row's id, and whether it was made now.
    static func declare(
        _ permission: PermissionName, label: String? = nil, _ connection: any SQLConnection
    ) throws(DatabaseError) -> (id: Int64, isNew: Bool) {
        let (app, codename) = try parts(permission)
        let found = try ids(permission, connection)
        if let label, !(1...255).contains(label.unicodeScalars.count) || label.utf8.contains(0) {
            throw .invalidName(reason: "a permission's label has 1 to 255 characters and no NUL")
        }
        if let id = found.first {
            if let label {
                try connection.execute(
                    "UPDATE auth_permission SET name = ? WHERE id = ? AND name <> ?",
                    [.text(label), .integer(id), .text(label)])
            }
            return (id, false)
        }
        let (model, name) = description(codename)
        return (try make(app: app, model: model, codename: codename, name: label ?? name, connection), true)
    }

    /// The rows of a permission, the oldest first: models of one app may have a codename in common.
    ///
    /// - Throws: `DatabaseError.invalidName` for what does not fit the columns.
    static func ids(_ permission: PermissionName, _ connection: any SQLConnection) throws(DatabaseError) -> [Int64] {
        let (app, codename) = try parts(permission)
        return try connection.execute(
            "\(PermissionSQL.ids) ORDER BY p.id", [.text(app), .text(codename)]
        ).compactMap { $0.integer(0) }
    }

    /// The app and the codename of a permission.
    ///
    /// - Throws: `DatabaseError.invalidName` for what does not fit the columns.
    static func parts(_ permission: PermissionName) throws(DatabaseError) -> (app: [UInt8], codename: [UInt8]) {
        let bytes = permission.text.bytes
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")), !bytes.contains(0),
            isColumn(bytes[..<dot]), isColumn(bytes[(dot + 1)...])
        else { throw .invalidName(reason: "a permission is app_label.codename, each 1 to 100 characters") }
        return (Array(bytes[..<dot]), Array(bytes[(dot + 1)...]))
    }

    /// The model that a codename speaks of, and what Django's admin shows for it: `Can view report`.
    private static func description(_ codename: [UInt8]) -> (model: [UInt8], name: String) {
        for action in ["add", "change", "delete", "view"] where codename.starts(with: "\(action)_".utf8) {
            let model = Array(codename.dropFirst(action.utf8.count + 1))
            if !model.isEmpty { return (model, "Can \(action) \(String(decoding: model, as: UTF8.self))") }
        }
        return (codename, "Can \(String(decoding: codename, as: UTF8.self))")
    }

    /// Whether a text fits into a column of 100 characters and is not empty.
    private static func isColumn(_ text: ArraySlice<UInt8>) -> Bool {
        (1...100).contains(String(decoding: text, as: UTF8.self).unicodeScalars.count)
    }

    /// Makes a content type and a permission on it unless they exist.
    static func make(
        app: [UInt8], model: [UInt8], codename: [UInt8], name: String, _ connection: any SQLConnection
    ) throws(DatabaseError) -> Int64 {
        try connection.execute(
            "INSERT INTO django_content_type (app_label, model) VALUES (?, ?) ON CONFLICT DO NOTHING",
            [.text(app), .text(model)])
        try connection.execute(
            """
            INSERT INTO auth_permission (content_type_id, codename, name)
            SELECT id, ?, ? FROM django_content_type WHERE app_label = ? AND model = ? ON CONFLICT DO NOTHING
            """, [.text(codename), .text(name), .text(app), .text(model)])
        let row = try connection.execute(
            "\(PermissionSQL.ids) AND c.model = ?", [.text(app), .text(codename), .text(model)])
        guard let id = row.first?.integer(0) else { throw .failed(reason: "a permission row could not be made") }
        return id
    }
}
