private import Glibc

/// Which file a path leads to: after a removal or a replacement it is another one.
///
/// SQLite goes on with a file that was taken away beneath it, and nobody else would see what is written there.
struct FileIdentity: Equatable, Sendable {
    private let device: UInt64
    private let node: UInt64

    /// `nil` if there is no such file.
    ///
    /// Costs one system call, and opens nothing: closing a file would drop the locks that
    /// SQLite holds on it.
    init?(_ path: FilePath) {
        var status = stat()
        let result = unsafe path.octets.withUnsafeBufferPointer { text -> Int32 in
            guard let start = text.baseAddress else { return -1 }
            return unsafe stat(start, &status)
        }
        guard result == 0 else { return nil }
        device = UInt64(truncatingIfNeeded: status.st_dev)
        node = UInt64(truncatingIfNeeded: status.st_ino)
    }
}

/// A path as the system takes it, so that asking about it makes no copies.
struct FilePath: Sendable {
    /// Ends with a NUL.
    fileprivate let octets: [CChar]
    let text: String

    init(_ text: String) {
        self.text = text
        octets = text.utf8.map { CChar(bitPattern: $0) } + [0]
    }
}
