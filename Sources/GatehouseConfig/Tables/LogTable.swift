package import GatehouseCore

/// `[log]`: what is logged, and how.
package struct LogTable: Equatable, Sendable {
    /// The level of each area: its own of `[log.levels]`, else `log.level`.
    package let levels: [LogArea: Level]
    /// `nil` for readable lines at a terminal, and JSON everywhere else.
    package let format: Format?
    /// Where events about people are written besides the log; `nil` for the log alone.
    package let audit: Audit?
    /// Whether nobody may sign in or change anything while they cannot be written there.
    package let isAuditRequired: Bool
    /// Whether each line of the file names the one before it.
    package let isAuditChained: Bool

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

    /// A place for events.
    package enum Audit: Equatable, Sendable {
        case file(path: String)
        case standardError
        /// A socket that journald listens on.
        case journald(path: String)
        /// A socket of datagrams that takes messages of RFC 5424.
        case syslog(path: String)
    }

    init(_ table: TableReader, folders: BaseFolders) {
        audit = LogTable.audit(table, folders)
        isAuditRequired = LogTable.flag("audit_required", table, audit) { $0 != .standardError }
        isAuditChained = LogTable.flag("audit_chain", table, audit) { if case .file = $0 { true } else { false } }
        let level = table.choice("level", Level.self) ?? .info
        let own = table.table("levels")
        var levels: [LogArea: Level] = [:]
        for area in LogArea.allCases { levels[area] = own.choice(area.rawValue, Level.self) ?? level }
        own.finish()
        self.levels = levels
        format = table.choice("format", Format.self)
        table.finish()
    }

    /// A switch that only some places for events may have.
    private static func flag(
        _ name: String, _ table: TableReader, _ audit: Audit?, _ suits: (Audit) -> Bool
    ) -> Bool {
        guard let flag = table.boolean(name), flag.value else { return false }
        guard let audit else {
            // The reader has complained about a place that is written, but wrong.
            if !table.names.contains("audit") { table.require("audit", "log.\(name) needs its path") }
            return true
        }
        if !suits(audit) {
            let choice = name == "audit_chain" ? "a file" : "a file, journald or syslog"
            table.log.add(flag, "needs \(choice) as log.audit")
        }
        return true
    }

    private static func audit(_ table: TableReader, _ folders: BaseFolders) -> Audit? {
        guard let text = table.string("audit") else { return nil }
        for (word, standard) in sockets {
            if text.value == word { return place(word, standard) }
            guard text.value.utf8.starts(with: "\(word):".utf8) else { continue }
            let path = String(text.value.utf8.dropFirst(word.utf8.count + 1)) ?? ""
            guard path.utf8.first == UInt8(ascii: "/"), path.utf8.count <= ListenAddress.maxPathLength else {
                table.log.add(
                    text, "must have the path of a socket after \"\(word):\", from / on, is \(text.seen)")
                return nil
            }
            return place(word, path)
        }
        if text.value == "stderr" { return .standardError }
        let isPlain = !text.value.utf8.contains { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: ".") }
        let words = sockets.map(\.word) + ["stderr"]
        if isPlain, let nearest = Spelling.nearest(to: text.value, among: words) {
            table.log.add(
                text, "did you mean \"\(nearest)\"? A file of that name is written \"./…\"; is \(text.seen)")
            return nil
        }
        return .file(path: folders.path(text))
    }

    /// The places that are sockets, and where they usually are.
    private static let sockets = [
        (word: "journald", path: "/run/systemd/journal/socket"), (word: "syslog", path: "/dev/log"),
    ]

    private static func place(_ word: String, _ path: String) -> Audit {
        word == "journald" ? .journald(path: path) : .syslog(path: path)
    }
}
