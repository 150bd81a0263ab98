internal import GatehouseCore

/// The tables of the embedded record store, and every statement on them.
///
/// They are the store's own: it makes them where they are missing, in a file of their own or beside people's tables.
/// Times are milliseconds since 1970. What has expired is never returned, whether it was swept already or not.
enum RecordTables {
    /// Takes no lock when everything stands.
    ///
    /// Whoever looks for a key reads the whole of rows that lie near it: the check keeps other programs, too, from making those
    /// searches slow.
    static let make = [
        """
        CREATE TABLE IF NOT EXISTS gatehouse_records (
            key blob NOT NULL PRIMARY KEY, value blob NOT NULL CHECK (\(isFit)), expires_at integer NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS gatehouse_records_expiry ON gatehouse_records (expires_at)",
        """
        CREATE TABLE IF NOT EXISTS gatehouse_record_sets (
            key blob NOT NULL PRIMARY KEY, expires_at integer NOT NULL
        ) WITHOUT ROWID
        """,
        "CREATE INDEX IF NOT EXISTS gatehouse_record_sets_expiry ON gatehouse_record_sets (expires_at)",
        """
        CREATE TABLE IF NOT EXISTS gatehouse_record_members (
            key blob NOT NULL, member blob NOT NULL, PRIMARY KEY (key, member)
        ) WITHOUT ROWID
        """,
    ]

    /// Parameters: key, now.
    ///
    /// What cannot be a record comes as one without octets.
    static let read = """
        SELECT CASE WHEN \(isFit) THEN value ELSE x'' END FROM gatehouse_records WHERE key = ?1 AND expires_at > ?2
        """
    /// Parameters: the first key, the first one that is not meant any more, now.
    static let count = "SELECT count(*) FROM gatehouse_records WHERE key >= ?1 AND key < ?2 AND expires_at > ?3"

    private static let isFit = "typeof(value) = 'blob' AND length(value) <= \(RecordLimits.valueBytes)"

    /// The one statement of a write, which is atomic by itself, and its values; it changes one row if the condition held.
    static func write(
        _ value: [UInt8], _ key: RecordKey, expiresAt: Int64, now: Int64, _ condition: WriteCondition
    ) -> (sql: String, values: [SQLValue]) {
        let values: [SQLValue] = [.blob(key.bytes), .blob(value), .integer(expiresAt)]
        switch condition {
        case .always:
            return (upsert, values)
        case .ifMissing:
            return (upsert + " WHERE gatehouse_records.expires_at <= ?4", values + [.integer(now)])
        case .ifPresent:
            return (update, values + [.integer(now)])
        case .ifEqual(let expected):
            let isSame = "CASE WHEN \(isFit) THEN value = ?5 ELSE length(?5) = 0 END"
            return (update + " AND \(isSame)", values + [.integer(now), .blob(expected)])
        }
    }

    private static let upsert = """
        INSERT INTO gatehouse_records (key, value, expires_at) VALUES (?1, ?2, ?3)
        ON CONFLICT (key) DO UPDATE SET value = excluded.value, expires_at = excluded.expires_at
        """
    private static let update =
        "UPDATE gatehouse_records SET value = ?2, expires_at = ?3 WHERE key = ?1 AND expires_at > ?4"

    /// Each takes the key.
    static let remove = [
        "DELETE FROM gatehouse_records WHERE key = ?1", "DELETE FROM gatehouse_record_members WHERE key = ?1",
        "DELETE FROM gatehouse_record_sets WHERE key = ?1",
    ]

    // MARK: - Sets

    /// Parameters: key, now.
    ///
    /// A set that expired begins anew.
    static let dropExpiredMembers = """
        DELETE FROM gatehouse_record_members WHERE key = ?1
        AND EXISTS (SELECT 1 FROM gatehouse_record_sets WHERE key = ?1 AND expires_at <= ?2)
        """
    /// Parameters: key, expiry.
    static let prolongSet = """
        INSERT INTO gatehouse_record_sets (key, expires_at) VALUES (?1, ?2)
        ON CONFLICT (key) DO UPDATE SET expires_at = max(expires_at, excluded.expires_at)
        """
    /// Parameters: key, member.
    static let addMember = "INSERT OR IGNORE INTO gatehouse_record_members (key, member) VALUES (?1, ?2)"
    /// Parameters: key, member.
    static let removeMember = "DELETE FROM gatehouse_record_members WHERE key = ?1 AND member = ?2"
    /// Parameters: key, now.
    static let members = """
        SELECT member FROM gatehouse_record_members
        WHERE key = ?1 AND typeof(member) = 'blob' AND length(member) <= \(RecordLimits.valueBytes)
        AND EXISTS (SELECT 1 FROM gatehouse_record_sets WHERE key = ?1 AND expires_at > ?2)
        """

    // MARK: - Sweeping

    /// How many rows one sweep removes from each table at most.
    static let sweptTogether = 500

    /// Each takes now and the number of rows; all of them go by an index or by keys.
    static let sweep = [
        """
        DELETE FROM gatehouse_records WHERE key IN (
            SELECT key FROM gatehouse_records WHERE expires_at <= ?1 ORDER BY expires_at LIMIT ?2)
        """,
        """
        DELETE FROM gatehouse_record_members WHERE (key, member) IN (
            SELECT m.key, m.member FROM gatehouse_record_sets s JOIN gatehouse_record_members m ON m.key = s.key
            WHERE s.expires_at <= ?1 LIMIT ?2)
        """,
        """
        DELETE FROM gatehouse_record_sets WHERE key IN (
            SELECT key FROM gatehouse_record_sets s WHERE expires_at <= ?1
            AND NOT EXISTS (SELECT 1 FROM gatehouse_record_members m WHERE m.key = s.key) LIMIT ?2)
        """,
    ]
}
