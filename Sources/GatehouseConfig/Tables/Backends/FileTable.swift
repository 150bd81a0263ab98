internal import GatehouseCore

/// The keys of a `[[backend]]` with `type = "file"`: a file of people.
package struct FileTable: Sendable {
    /// A relative path of the configuration was counted from the configuration's folder.
    package let path: String
    package let format: Format

    /// How the file is written.
    package enum Format: String, CaseIterable, Sendable {
        case toml, htpasswd
    }

    /// `nil` after a problem with `path`.
    init?(_ table: TableReader, folders: BaseFolders) {
        let path = table.string("path")
        format = table.choice("format", Format.self) ?? .toml
        guard let path else {
            if table.value("path") == nil { table.require("path", "the file with the people, like \"people.toml\"") }
            return nil
        }
        guard !path.value.isEmpty else {
            table.log.add(path, "must be the path of a file, is \(path.seen)")
            return nil
        }
        self.path = folders.path(path)
    }
}
