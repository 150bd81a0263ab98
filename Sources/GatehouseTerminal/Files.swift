internal import GatehouseSystem
package import Glibc

/// The few file operations that the command line needs.
package enum Files {
    /// The whole file, or `nil`; `reason()` says why.
    package static func read(_ path: String, limit: Int) -> [UInt8]? {
        do throws(FileFault) { return try OpenFile(path, waits: true).readAll(limit: limit) } catch {
            if case .system(let code) = error { errno = code }
            return nil
        }
    }

    /// Writes a new file; an existing one is never overwritten.
    package static func create(_ path: String, _ text: String, mode: mode_t) throws(Failure) {
        let descriptor = unsafe open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode)
        guard descriptor >= 0 else { throw .usage("\(path): cannot be created: \(reason())") }
        defer { close(descriptor) }
        let bytes = Array(text.utf8)
        let written = unsafe bytes.withUnsafeBytes { unsafe write(descriptor, $0.baseAddress, $0.count) }
        guard written == bytes.count else {
            let why = reason()
            // Half of it is of no use to anybody.
            _ = unsafe unlink(path)
            throw .unknown("\(path): cannot be written: \(why)")
        }
    }

    /// Writes a new file that is whole and on the disk, or not there at all; of several who make it at once, one does.
    ///
    /// - Returns: whether it was made; `false` for one that is there already, which stays.
    package static func createForGood(_ path: String, _ text: String, mode: mode_t) throws(Failure) -> Bool {
        if exists(path) { return false }
        // In containers that share a volume every process may have the same number.
        let fresh = "\(path).\(UInt64.random(in: 0 ... .max)).new"
        try create(fresh, text, mode: mode)
        defer { _ = unsafe unlink(fresh) }
        try synchronize(fresh)
        guard unsafe link(fresh, path) == 0 else {
            if errno == EEXIST { return false }
            throw .unknown("\(path): cannot be made: \(reason())")
        }
        try synchronize(folder(of: path))
        return true
    }

    /// Waits until a file or the names in a folder are on the disk.
    private static func synchronize(_ path: String) throws(Failure) {
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC)
        guard descriptor >= 0 else { throw .unknown("\(path): cannot be opened: \(reason())") }
        defer { close(descriptor) }
        guard fsync(descriptor) == 0 else { throw .unknown("\(path): cannot be written to the disk: \(reason())") }
    }

    /// Writes a file in one step: readers see the old text or the new one.
    package static func replace(_ path: String, _ text: String, mode: mode_t) throws(Failure) {
        let fresh = "\(path).new"
        _ = unsafe unlink(fresh)
        try create(fresh, text, mode: mode)
        guard unsafe rename(fresh, path) == 0 else { throw .unknown("\(path): cannot be replaced: \(reason())") }
    }

    /// Whether there is something at the path.
    package static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// Makes a folder unless it is there.
    package static func makeFolder(_ path: String, mode: mode_t) throws(Failure) {
        guard unsafe mkdir(path, mode) == 0 || errno == EEXIST else {
            throw .usage("\(path): cannot be made: \(reason())")
        }
    }

    /// Makes a folder and those above it that are missing, all with the mode.
    package static func makeFolders(_ path: String, mode: mode_t) throws(Failure) {
        if exists(path) { return }
        let parent = folder(of: path)
        if parent != path, parent != "." { try makeFolders(parent, mode: mode) }
        try makeFolder(path, mode: mode)
    }

    /// The part before the last slash; `.` without one.
    package static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// What the system said of the last call that failed.
    package static func reason() -> String { unsafe String(cString: strerror(errno)) }
}
