private import GatehouseCore
private import GatehouseTerminal
private import Glibc
internal import ServiceLifecycle

/// Gives pages of code back that only the start needed.
///
/// The kernel maps the sixteen pages around each one that is executed for the first time, so that the start (arguments,
/// configuration, migrations) leaves half of the program mapped. What is used afterwards is mapped again out of the page cache.
enum StartupPages {
    /// Unmaps the pages of code of the program and its libraries; nobody writes to them, so nothing is lost.
    static func giveBack() {
        guard let maps = Files.read("/proc/self/maps", limit: 4 << 20) else { return }
        for line in maps.split(separator: 0x0A) {
            // start-end permissions offset device inode path (proc(5))
            let fields = line.split(separator: 0x20)
            guard fields.count >= 6, fields[1].elementsEqual("r-xp".utf8), fields[5].first == UInt8(ascii: "/") else {
                continue
            }
            let ends = fields[0].split(separator: UInt8(ascii: "-")).compactMap(number)
            guard ends.count == 2, ends[0] < ends[1], let start = unsafe UnsafeMutableRawPointer(bitPattern: ends[0])
            else {
                continue
            }
            _ = unsafe madvise(start, Int(ends[1] - ends[0]), MADV_DONTNEED)
        }
    }

    private static func number(_ digits: ArraySlice<UInt8>) -> UInt? {
        guard (1...16).contains(digits.count) else { return nil }
        var number: UInt = 0
        for digit in digits {
            guard let value = ASCII.hexValue(digit) else { return nil }
            number = number << 4 | UInt(value)
        }
        return number
    }
}

/// Does that once, when everything is listened on.
struct StartupPagesService: Service {
    func run() async throws {
        StartupPages.giveBack()
        try? await gracefulShutdown()
    }
}
