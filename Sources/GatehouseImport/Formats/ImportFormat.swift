private import GatehouseCore

/// What a file of people may be.
package enum ImportFormat: String, CaseIterable, Sendable {
    /// Apache's and nginx's `name:hash` lines.
    case htpasswd
    /// Authelia's `users_database.yml`.
    case authelia
    /// A table with a header line.
    case csv
    /// Another site's database with Django's tables: a SQLite file or a PostgreSQL address.
    case django

    /// What messages call it.
    package var title: String {
        switch self {
        case .htpasswd: "an htpasswd file"
        case .authelia: "Authelia's users file"
        case .csv: "CSV"
        case .django: "a Django database"
        }
    }

    /// Whether a place is no file, but the address of a database server.
    package static func isAddress(_ place: String) -> Bool {
        ["postgresql://", "postgres://"].contains { place.utf8.starts(with: $0.utf8) }
    }

    /// What a file most likely is; `nil` if nothing tells.
    ///
    /// - Parameters:
    ///   - path: only the part behind the last slash counts.
    ///   - head: the first octets; some hundred suffice.
    /// - Returns: the format, or `nil`.
    package static func guess(path: String, head: [UInt8]) -> ImportFormat? {
        if isAddress(path) || head.starts(with: "SQLite format 3\0".utf8) { return .django }
        let name = path.utf8.split(separator: UInt8(ascii: "/")).last.map { $0.map(ASCII.lowercased) } ?? []
        for (ending, format) in [(".csv", ImportFormat.csv), (".yml", .authelia), (".yaml", .authelia)]
        where name.reversed().starts(with: ending.utf8.reversed()) { return format }
        for marker in ["htpasswd", "passwd"] where contains(name, Array(marker.utf8)) { return .htpasswd }
        return guess(head)
    }

    /// By the first line that says something.
    private static func guess(_ head: [UInt8]) -> ImportFormat? {
        let text = head.starts(with: [0xEF, 0xBB, 0xBF]) ? head.dropFirst(3) : head[...]
        for line in text.split(whereSeparator: { $0 == 0x0A || $0 == 0x0D }) {
            guard line.first != UInt8(ascii: "#"), !line.starts(with: "---".utf8) else { continue }
            let columns = line.split(separator: UInt8(ascii: ",")).map { field in
                field.filter { $0 != 0x20 && $0 != UInt8(ascii: "\"") }.map(ASCII.lowercased)
            }
            if columns.contains(Array("username".utf8)) { return .csv }
            if line.starts(with: "users:".utf8), !line.dropFirst(6).contains(where: { $0 > 0x20 }) { return .authelia }
            return line.contains(UInt8(ascii: ":")) && !line.contains(0) ? .htpasswd : nil
        }
        return nil
    }

    private static func contains(_ text: [UInt8], _ part: [UInt8]) -> Bool {
        text.indices.contains { text[$0...].starts(with: part) }
    }
}
