/// `[identity]`: how fresh is what is known about people.
package struct IdentityTable: Equatable, Sendable {
    /// How old an identity may be before its backend is asked again.
    package let refresh: Duration
    /// How old it may be and still count while the backend cannot be asked.
    package let maxAge: Duration

    init(_ table: TableReader) {
        refresh = table.duration("refresh", in: .seconds(1)...(.seconds(86_400)))?.value ?? .seconds(60)
        let limit = table.duration("max_age", in: .seconds(10)...(.seconds(30 * 86_400)))
        maxAge = limit?.value ?? max(.seconds(900), refresh * 2)
        if let limit, limit.value < refresh {
            table.log.add(limit, "must not be shorter than identity.refresh, which is \(refresh.components.seconds)s")
        }
        table.finish()
    }
}

/// `[log]`: what is logged, and how.
package struct LogTable: Equatable, Sendable {
    package let level: Level
    package let format: Format
    /// The file that events about people are appended to, beside the log; `nil` for the log alone.
    package let audit: String?
    /// Whether nobody may sign in or change anything while that file cannot be written.
    package let isAuditRequired: Bool

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

    init(_ table: TableReader, folder: String) {
        audit = table.string("audit").map { TextFile.resolve($0.value, in: folder) }
        let required = table.boolean("audit_required")
        isAuditRequired = required?.value ?? false
        if let required, required.value, audit == nil { table.require("audit", "log.audit_required needs its path") }
        level = table.choice("level", Level.self) ?? .info
        format = table.choice("format", Format.self) ?? .json
        table.finish()
    }
}
