internal import Glibc

/// What a file is: two that are equal are the same version of the same file, as far as its file system tells.
package struct FileStatus: Hashable, Sendable {
    /// Since 1970, by the clock of the file system.
    package struct Time: Hashable, Sendable {
        package let seconds: Int
        package let nanoseconds: Int
    }

    package let device: UInt64
    package let inode: UInt64
    /// In octets.
    package let size: Int
    /// The kind and the permission bits.
    package let mode: UInt32
    /// When its content changed last.
    package let modified: Time
    /// When anything about it did.
    package let changed: Time

    package var isRegular: Bool { mode & S_IFMT == S_IFREG }
    /// Like `0o600`.
    package var permissions: UInt32 { mode & 0o777 }

    /// What lies at a path, a socket or folder as well, behind symbolic links; `nil` if that cannot be told.
    package init?(path: String) {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else { return nil }
        self.init(status)
    }

    init(_ status: stat) {
        device = UInt64(status.st_dev)
        inode = UInt64(status.st_ino)
        size = Int(status.st_size)
        mode = status.st_mode
        modified = Time(seconds: status.st_mtim.tv_sec, nanoseconds: status.st_mtim.tv_nsec)
        changed = Time(seconds: status.st_ctim.tv_sec, nanoseconds: status.st_ctim.tv_nsec)
    }
}
