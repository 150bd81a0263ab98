internal import GatehouseCore

/// `[database]`: where people, groups and permissions are kept.
package struct DatabaseTable: Equatable, Sendable {
    package let location: DatabaseLocation

    init(_ table: TableReader, folder: String) {
        location = DatabaseTable.location(table, folder: folder)
        table.finish()
    }

    private static func location(_ table: TableReader, folder: String) -> DatabaseLocation {
        let standard = DatabaseLocation.sqlite(path: TextFile.resolve("gatehouse.db", in: folder))
        // A database address may hold a password, so it is not shown.
        guard let text = table.secretText("url") else { return standard }
        let bytes = Array(text.value.utf8)
        if bytes.starts(with: "postgresql:".utf8) || bytes.starts(with: "postgres:".utf8) {
            table.log.add(text, "postgresql:// is not supported yet; use \"sqlite:gatehouse.db\"")
            return standard
        }
        let path = bytes.dropFirst(7)
        guard bytes.starts(with: "sqlite:".utf8), let first = path.first, first != UInt8(ascii: ":"),
            !path.starts(with: "//".utf8), !path.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else {
            table.log.add(text, "must be \"sqlite:\" and the path of a file, like \"sqlite:gatehouse.db\"")
            return standard
        }
        return .sqlite(path: TextFile.resolve(String(decoding: path, as: UTF8.self), in: folder))
    }
}

/// A database that can be opened.
package enum DatabaseLocation: Hashable, Sendable {
    /// A file; a relative path of the configuration was counted from the configuration's folder.
    case sqlite(path: String)
}

/// `[identity]`: how fresh is what is known about people.
package struct IdentityTable: Equatable, Sendable {
    /// How old an identity may be before its backend is asked again.
    package let refresh: Duration

    init(_ table: TableReader) {
        refresh = table.duration("refresh", in: .seconds(1)...(.seconds(86_400)))?.value ?? .seconds(60)
        table.finish()
    }
}

/// `[log]`: what is logged, and how.
package struct LogTable: Equatable, Sendable {
    package let level: Level
    package let format: Format

    /// The least severe lines that are written.
    package enum Level: String, CaseIterable, Sendable {
        case trace, debug, info, notice, warning, error
    }

    package enum Format: String, CaseIterable, Sendable {
        /// One JSON object per line, for log pipelines.
        case json
        /// One readable line, for terminals.
        case text
    }

    init(_ table: TableReader) {
        level = table.choice("level", Level.self) ?? .info
        format = table.choice("format", Format.self) ?? .json
        table.finish()
    }
}
