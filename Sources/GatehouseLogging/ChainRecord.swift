private import GatehouseCore
private import Glibc

/// The file beside a chained audit file that tells its last line, for when that has been moved away; who holds it, writes.
///
/// It is locked from `init` to the end of its life. What it says is no secret, and proves nothing: lines do.
struct ChainRecord: ~Copyable {
    private let descriptor: Int32
    /// The last line that was written; `nil` if it is not known.
    let link: ChainLink?

    /// Digits of the number; always as many, so that a full disk does not keep the record from being written.
    private static let width = 18
    private static var length: Int { width + 1 + ChainLink.tagLength + 1 }

    /// Opens it, or makes it, and waits until no other process holds it.
    init(beside path: String) throws(LineFile.Fault) {
        let name = path + ".chain"
        let flags = O_RDWR | O_CLOEXEC | O_NOCTTY | O_NOFOLLOW
        var descriptor = unsafe open(name, flags)
        if descriptor < 0, errno == ENOENT {
            descriptor = unsafe open(name, flags | O_CREAT, 0o600)
            if descriptor >= 0 { LineFile.give(descriptor, toOwnerOfFolderOf: path) }
        }
        guard descriptor >= 0 else { throw LineFile.Fault(errno) }
        while flock(descriptor, LOCK_EX) != 0 {
            let code = errno
            if code == EINTR { continue }
            close(descriptor)
            throw LineFile.Fault(code)
        }
        self.descriptor = descriptor
        link = ChainRecord.read(descriptor)
    }

    deinit { close(descriptor) }

    /// Notes the last line; without this, the first line of a new file would begin a new chain.
    func write(_ link: ChainLink) {
        let digits = Array("\(link.number)".utf8)
        var text = [UInt8](repeating: UInt8(ascii: "0"), count: max(ChainRecord.width - digits.count, 0))
        text += digits + [0x20] + link.tag + [0x0A]
        _ = unsafe text.withUnsafeBytes { unsafe pwrite(descriptor, $0.baseAddress, $0.count, 0) }
    }

    private static func read(_ descriptor: Int32) -> ChainLink? {
        var text = [UInt8](repeating: 0, count: length)
        let count = unsafe text.withUnsafeMutableBytes { unsafe pread(descriptor, $0.baseAddress, $0.count, 0) }
        guard count == length, text[width] == 0x20, text.last == 0x0A,
            let number = ASCII.decimal(Array(text[..<width].drop { $0 == UInt8(ascii: "0") }).span, limit: .max)
        else { return nil }
        return ChainLink(number: number, tag: Array(text[(width + 1)...].dropLast()))
    }
}
