internal import GatehouseSystem
private import Glibc

/// Reads small regular files.
enum TextFile {
    /// Why a file cannot be read, in words for the operator.
    struct Unreadable: Error {
        let reason: String
    }

    struct Contents {
        let octets: [UInt8]
        /// The permission bits, like `0o600`.
        let permissions: UInt32
    }

    /// The whole file; more than `limit` octets, and anything but a regular file, is refused.
    static func read(_ path: String, limit: Int) throws(Unreadable) -> Contents {
        do throws(FileFault) {
            // Not blocking: opening a pipe that nobody writes to would wait for ever.
            let file = try OpenFile(path)
            let status = try file.status()
            guard status.isRegular else { throw .notRegular }
            return Contents(octets: try file.readAll(limit: limit), permissions: status.permissions)
        } catch {
            throw Unreadable(reason: error.description)
        }
    }

    /// Whether something of this name exists and can be reached.
    static func exists(_ path: String) -> Bool { unsafe access(path, F_OK) == 0 }

    /// The part before the last slash; `.` without one.
    static func folder(of path: String) -> String {
        guard let slash = path.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "." }
        return slash == path.utf8.startIndex ? "/" : String(path[..<slash])
    }

    /// A path of the file, counted from its folder.
    static func resolve(_ path: String, in folder: String) -> String {
        if path.utf8.first == UInt8(ascii: "/") || folder == "." { return path }
        return folder.utf8.last == UInt8(ascii: "/") ? folder + path : "\(folder)/\(path)"
    }
}
