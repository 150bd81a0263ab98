private import CSQLite
private import Glibc

/// The files that SQLite keeps beside a database: `-wal` with the last changes, and `-shm` with what is where in it.
///
/// Nothing in them says which database they belong to. Once another file takes the place of theirs, SQLite would read the old
/// one's changes into it: an old password would go on to work although a backup with another one was put there.
struct SQLiteSidecars {
    private var files: [(path: String, identity: FileIdentity)] = []
    /// Which file they belong to, and where it really lies: a symbolic link may lead elsewhere one day, and takes nothing away.
    private var owner: (path: FilePath, identity: FileIdentity)?

    init() {}

    /// Those that are beside an open database now: beside the file itself, where a symbolic link led to it.
    @unsafe init(of connection: OpaquePointer, _ identity: FileIdentity) {
        guard let name = unsafe sqlite3_db_filename(connection, "main") else { return }
        let database = unsafe String(cString: name)
        owner = (FilePath(database), identity)
        for suffix in ["-wal", "-shm"] {
            let path = database + suffix
            if let identity = FileIdentity(FilePath(path)) { files.append((path, identity)) }
        }
    }

    /// Whether both have been seen.
    var areKnown: Bool { files.count == 2 }

    /// Whether one of them still lies there although their database is gone from its place.
    var areLeftBehind: Bool {
        guard let owner, FileIdentity(owner.path) != owner.identity else { return false }
        return areThere
    }

    /// Whether SQLite would read them into another database, which took the place of theirs.
    func areInTheWay(of other: FileIdentity) -> Bool {
        guard let owner, owner.identity != other, FileIdentity(owner.path) == other else { return false }
        return areThere
    }

    private var areThere: Bool { files.contains { FileIdentity(FilePath($0.path)) == $0.identity } }

    /// Removes them, as far as they are still the same files.
    ///
    /// With `keepingChanges`, they get `.old` at their end instead: their database is not whole without them.
    func remove(keepingChanges: Bool) {
        for (path, identity) in files where FileIdentity(FilePath(path)) == identity {
            _ = keepingChanges ? unsafe rename(path, path + ".old") : unsafe unlink(path)
        }
    }
}
