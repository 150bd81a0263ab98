internal import GatehouseSystem
private import Glibc

/// A filter under construction: a new file, mapped into memory.
@safe struct BreachFilterFile: ~Copyable {
    private let path: String
    private let header: BreachFilterFormat.Header
    private let descriptor: Int32
    private let blocks: UnsafeMutableRawBufferPointer

    /// Makes the file with all the room it will need, so that a full disk is an error here and not a signal later.
    init(path: String, header: BreachFilterFormat.Header) throws(PasswordsError) {
        _ = unsafe unlink(path)
        let descriptor = unsafe open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else { throw .file(path: path, reason: "cannot be created: \(SystemReason.text())") }
        let length = header.fileLength
        let result = posix_fallocate(descriptor, 0, off_t(length))
        guard result == 0 else {
            close(descriptor)
            throw .file(
                path: path, reason: "\(length) octets cannot be reserved: \(unsafe String(cString: strerror(result)))")
        }
        let memory = unsafe mmap(nil, length, PROT_READ | PROT_WRITE, MAP_SHARED, descriptor, 0)
        guard let memory = unsafe memory, unsafe memory != MAP_FAILED else {
            close(descriptor)
            throw .file(path: path, reason: "cannot be mapped: \(SystemReason.text())")
        }
        self.path = path
        self.header = header
        self.descriptor = descriptor
        unsafe blocks = UnsafeMutableRawBufferPointer(start: memory, count: length)
    }

    deinit {
        _ = unsafe munmap(blocks.baseAddress, blocks.count)
        close(descriptor)
    }

    /// Sets the bits of an entry.
    mutating func insert(_ entry: BreachFilterFormat.Entry) {
        // The header says how many blocks the mapping has: `block(of:)` is below it, a bit is within the block's body.
        let start = (Int(header.block(of: entry)) + 1) * BreachFilterFormat.blockLength
        let bits = entry.bits(seed: header.seed)
        for index in bits.indices {
            let place = start + bits[index] >> 3
            let bit = UInt8(1) << UInt8(bits[index] & 7)
            // Written out: with `--sanitize=thread` the compiler (Swift 6.3) breaks down over `|=` here.
            unsafe blocks[place] = unsafe blocks[place] | bit
        }
    }

    /// Writes the header and every block's checksum, and waits until the disk has all of it.
    mutating func seal(progress: (Int, Int) -> Void) throws(PasswordsError) {
        unsafe blocks.copyBytes(from: header.body)
        let total = Int(header.blocks) + 1
        for number in 0..<total {
            let start = number * BreachFilterFormat.blockLength
            let end = start + BreachFilterFormat.bodyLength
            guard let sum = BreachFilterFormat.checksum(unsafe Array(blocks[start..<end])) else { throw .crypto }
            unsafe UnsafeMutableRawBufferPointer(rebasing: blocks[end..<end + sum.count]).copyBytes(from: sum)
            if number & 0xFF == 0xFF || number == total - 1 { progress(number + 1, total) }
        }
        guard unsafe msync(blocks.baseAddress, blocks.count, MS_SYNC) == 0, fsync(descriptor) == 0 else {
            throw .file(path: path, reason: "cannot be written: \(SystemReason.text())")
        }
    }
}
