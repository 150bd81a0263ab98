import GatehouseLogging
import GatehouseTestSupport
import Glibc
import Testing

@Suite("A socket of lines")
struct LineSocketTests {
    private let folder: TemporaryFolder
    private var path: String { folder.file("socket") }

    init() throws { folder = try TemporaryFolder() }

    @Test("takes each line as a datagram, also from who listens there anew")
    func sends() throws {
        let first = try DatagramReceiver(path: path)
        var file = LineFile(.socket(path: path))
        try file.append(Array("one".utf8))
        #expect(try first.receive() == Array("one".utf8))
        #expect(unsafe unlink(path) == 0)
        let second = try DatagramReceiver(path: path)
        // The first one still listens, but has lost its name: as it is closed, the line goes to the second.
        file.reset()
        try file.append(Array("two".utf8))
        #expect(try second.receive() == Array("two".utf8))
    }

    @Test("that is closed is opened anew by the next line")
    func reopens() throws {
        var receiver: DatagramReceiver? = try DatagramReceiver(path: path)
        var file = LineFile(.socket(path: path))
        try file.append(Array("one".utf8))
        #expect(try receiver?.receive() == Array("one".utf8))
        receiver = nil
        #expect(throws: LineFile.Fault.self) { try file.append(Array("lost".utf8)) }
        #expect(unsafe unlink(path) == 0)
        let next = try DatagramReceiver(path: path)
        try file.append(Array("two".utf8))
        #expect(try next.receive() == Array("two".utf8))
    }

    @Test("drops and counts a line that is too long for a datagram, and goes on")
    func long() async throws {
        let receiver = try DatagramReceiver(path: path)
        let writer = LineWriter(.socket(path: path), capacity: 16 << 20, gap: { Array("gap \($0)".utf8) })
        writer.append([UInt8](repeating: 0x61, count: 8 << 20))
        writer.append(Array("next".utf8))
        #expect(try receiver.receive() == Array("next".utf8))
        #expect(try receiver.receive() == Array("gap 1".utf8))
        await writer.finish(within: .seconds(30))
        #expect(writer.dropped == 1 && writer.problem == nil)
    }

    @Test("that nobody listens on is tried again, with every line that waits")
    func waits() async throws {
        let faults = Mutexed<[String]>([])
        let writer = LineWriter(
            .socket(path: path), gap: { Array("gap \($0)".utf8) },
            onChange: { fault in faults.change { $0.append(fault?.description ?? "") } })
        writer.append(Array("one".utf8))
        #expect(await eventually(within: .seconds(30)) { writer.problem == "No such file or directory" })
        let receiver = try DatagramReceiver(path: path)
        #expect(try receiver.receive() == Array("one".utf8))
        #expect(await eventually(within: .seconds(30)) { faults.value == ["No such file or directory", ""] })
    }

    @Test("has to be one of datagrams, with a path that fits")
    func refused() throws {
        var long = LineFile(.socket(path: "/" + String(repeating: "x", count: 200)))
        #expect(throws: LineFile.Fault.self) { try long.open() }
        let stream = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        defer { close(stream) }
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        unsafe withUnsafeMutableBytes(of: &name.sun_path) { unsafe $0.copyBytes(from: Array(path.utf8)) }
        let bound = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(stream, name, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        #expect(bound == 0)
        #expect(listen(stream, 1) == 0)
        var file = LineFile(.socket(path: path))
        do {
            try file.open()
            Issue.record("opened")
        } catch {
            #expect(error.description == "the socket there takes no datagrams")
        }
    }
}
