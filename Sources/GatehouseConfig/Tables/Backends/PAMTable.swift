internal import GatehouseCore

/// The keys of a `[[backend]]` with `type = "pam"`: accounts of the system, or whatever the modules of a service know.
package struct PAMTable: Sendable {
    /// The name of a file in `/etc/pam.d`.
    package let service: String
    package let minUserID: Int
    package let allowsRoot: Bool
    package let requiresAccount: Bool
    /// The folder of service files; `nil` for the system's.
    package let folder: String?

    /// `nil` after a problem with `service`.
    init?(_ table: TableReader, folders: BaseFolders) {
        let service = table.string("service")
        self.folder = table.string("config_dir").map { folders.path($0) }
        minUserID = table.integer("min_uid", in: 1...Int(UInt32.max - 1))?.value ?? 1_000
        allowsRoot = table.boolean("allow_root")?.value ?? false
        requiresAccount = table.boolean("require_account")?.value ?? true
        guard let service else {
            guard table.value("service") == nil else { return nil }
            self.service = "gatehouse"
            return
        }
        let bytes = Array(service.value.utf8)
        guard (1...64).contains(bytes.count),
            bytes.allSatisfy({ ASCII.isAlphanumeric($0) || $0 == 0x2D || $0 == 0x5F })
        else {
            table.log.add(
                service, "must be the name of a file in /etc/pam.d: letters, digits, - or _, is \(service.seen)")
            return nil
        }
        self.service = service.value
    }
}
