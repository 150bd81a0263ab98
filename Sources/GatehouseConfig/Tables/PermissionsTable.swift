package import GatehouseCore

/// `[permissions]`: the permissions that `gatehouse migrate` makes, each with what people are shown.
package struct PermissionsTable: Sendable {
    /// In the order of the file.
    package let declared: [DeclaredPermission]
    /// Whether the file has the table at all: then a rule that names another permission is probably misspelt.
    let isWritten: Bool

    init(_ table: TableReader) {
        let entries = table.everyString()
        isWritten = !entries.isEmpty
        declared = entries.compactMap { name, label in
            guard PermissionsTable.isPermission(name.bytes) else {
                table.log.add(
                    label.place, label.key,
                    "must be a permission in quotes, like \"reports.view_report\" = \"Can view report\"")
                return nil
            }
            guard (1...255).contains(label.value.unicodeScalars.count) else {
                table.log.add(label, "must have 1 to 255 characters, is \(label.seen)")
                return nil
            }
            return DeclaredPermission(name: PermissionName(name), label: label.value)
        }
        table.finish()
    }

    /// The nearest declared permission to a name that is not declared; `nil` if it is, or if nothing is.
    func suspicion(about name: PermissionName) -> String? {
        guard isWritten, !declared.contains(where: { $0.name == name }) else { return nil }
        let nearest = Spelling.nearest(to: name.description, among: declared.map(\.name.description))
        return nearest.map { "; did you mean \"\($0)\"?" } ?? ""
    }

    /// `app_label.codename`, each of 1 to 100 characters.
    private static func isPermission(_ bytes: [UInt8]) -> Bool {
        guard let dot = bytes.firstIndex(of: UInt8(ascii: ".")),
            !bytes.contains(where: { $0 <= 0x20 || "(),".utf8.contains($0) })
        else { return false }
        return (1...100).contains(dot) && (1...100).contains(bytes.count - dot - 1)
    }
}

/// A permission that the configuration declares.
package struct DeclaredPermission: Equatable, Sendable {
    package let name: PermissionName
    /// What Django's admin shows, like `Can view report`.
    package let label: String
}
