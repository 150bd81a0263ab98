/// An address like `sqlite:gatehouse.db`.
enum SQLiteLocation {
    /// The file of everything that is not configured elsewhere.
    static let standardFile = "gatehouse.db"

    /// Whether an address starts like one of a SQLite file.
    static func isMeant(_ text: String) -> Bool { text.utf8.starts(with: "sqlite:".utf8) }

    /// The path of the file, a relative one counted from a folder; `nil` unless the address is `sqlite:` and such a path.
    ///
    /// No `sqlite::memory:`, which would be another database for every connection, and no `sqlite://host`.
    static func path(_ text: String, in folder: String) -> String? {
        let bytes = Array(text.utf8)
        let path = bytes.dropFirst(7)
        guard isMeant(text), let first = path.first, first != UInt8(ascii: ":"), !path.starts(with: "//".utf8),
            !path.contains(where: { $0 < 0x20 || $0 == 0x7F })
        else { return nil }
        return TextFile.resolve(String(decoding: path, as: UTF8.self), in: folder)
    }
}
