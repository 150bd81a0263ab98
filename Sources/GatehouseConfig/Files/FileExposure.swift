internal import GatehouseCore
private import Glibc

/// Who else may change a file that decides who gets in, or put another one in its place.
package enum FileExposure {
    /// What is wrong with the permissions of a file and of its folder, with the command that mends it; `nil` for nothing.
    ///
    /// A file that everybody can write, or that lies where everybody can replace it. In a folder like `/tmp`, whose files only
    /// their owners can replace (its sticky bit), it has to be root's or this user's. A symbolic link is looked at in both
    /// places. What lies on a read-only mount of its own (a ConfigMap of Kubernetes, whose folders are open) nobody can change.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - isReadOnly: whether a path lies on such a mount.
    /// - Returns: a sentence; `nil` if nothing is wrong.
    package static func problem(
        ofFile path: String, isReadOnly: (String) -> Bool = FileExposure.isSealed
    ) -> String? {
        guard let file = Status(path, followsLink: true) else { return nil }
        if file.isWritableByOthers, !isReadOnly(path) {
            return "the file \(path) has mode \(file.mode), so everybody can change it; run: chmod o-w \(quoted(path))"
        }
        var places = [path]
        if let target = resolved(path), target != path { places.append(target) }
        for place in places {
            let folder = TextFile.folder(of: place)
            guard let parent = Status(folder, followsLink: true), parent.isWritableByOthers, !isReadOnly(folder)
            else { continue }
            guard parent.isSticky else {
                return
                    "the file \(place) lies in \(folder) of mode \(parent.mode), so everybody can put another one in its "
                    + "place; run: chmod o-w \(quoted(folder))"
            }
            guard let owner = Status(place, followsLink: false)?.owner, owner != 0, owner != geteuid() else { continue }
            return
                "the file \(place) lies in \(folder), where everybody can write, and belongs to another user (\(owner)); "
                + "run: chown root \(quoted(place))"
        }
        return nil
    }

    /// Why no secrets can be put into a folder, with the command that mends it; `nil` if they can, or if it is not there yet.
    ///
    /// It has to be a folder and no symbolic link, of root or this user, that nobody else can write to.
    package static func problem(ofSecretFolder path: String) -> String? {
        guard let folder = Status(path, followsLink: false) else { return nil }
        if folder.isLink {
            return "\(path) is a symbolic link, and whoever made it gets what is put there; run: rm \(quoted(path))"
        }
        guard folder.isFolder else { return "\(path) is no folder; run: mv \(quoted(path)) \(quoted(path + ".old"))" }
        guard folder.owner == 0 || folder.owner == geteuid() else {
            return "\(path) belongs to another user (\(folder.owner)), who can read and replace what is in it; run: mv "
                + "\(quoted(path)) \(quoted(path + ".old"))"
        }
        guard !folder.isWritableByGroupOrOthers else {
            return
                "\(path) has mode \(folder.mode), so others can replace what is in it; run: chmod go-w \(quoted(path))"
        }
        return nil
    }

    /// Why everybody could replace what is made in a folder, with the command that mends it; `nil` if they cannot, or if it is
    /// not there yet.
    package static func problem(ofFolder path: String) -> String? {
        guard let folder = Status(path, followsLink: true), folder.isWritableByOthers, !folder.isSticky else {
            return nil
        }
        return "\(path) has mode \(folder.mode), so everybody can replace what is in it; run: chmod o-w \(quoted(path))"
    }

    /// A path as a shell takes it.
    package static func quoted(_ path: String) -> String {
        let isPlain = path.utf8.allSatisfy { ASCII.isAlphanumeric($0) || "/._-+".utf8.contains($0) }
        return isPlain
            ? path : "'" + path.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
    }

    /// Whether a path lies where nobody can write, here or elsewhere.
    package static func isSealed(_ path: String) -> Bool {
        guard let target = resolved(path), let mounts = Mount.all() else { return false }
        return Mount(holding: Array(target.utf8), in: mounts)?.isSealed ?? false
    }

    private static func resolved(_ path: String) -> String? {
        guard let text = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(text) }
        return unsafe String(cString: text)
    }

    private struct Status {
        private let bits: UInt32
        let owner: UInt32

        init?(_ path: String, followsLink: Bool) {
            var status = stat()
            guard unsafe followsLink ? stat(path, &status) == 0 : lstat(path, &status) == 0 else { return nil }
            bits = status.st_mode
            owner = status.st_uid
        }

        var isLink: Bool { bits & S_IFMT == S_IFLNK }
        var isFolder: Bool { bits & S_IFMT == S_IFDIR }
        var isSticky: Bool { bits & S_ISVTX != 0 }
        var isWritableByOthers: Bool { bits & 0o002 != 0 }
        var isWritableByGroupOrOthers: Bool { bits & 0o022 != 0 }
        var mode: String { "0" + String(bits & 0o7777, radix: 8) }
    }
}
