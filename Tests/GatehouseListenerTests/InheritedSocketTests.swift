import Foundation
import GatehouseCore
import GatehouseTestSupport
import Glibc
import Testing

@testable import GatehouseListener

@Suite("Sockets that a service manager opened")
struct InheritedSocketTests {
    private let loopback: IPAddress
    private let folder: TemporaryFolder

    init() throws {
        loopback = try #require(IPAddress("127.0.0.1"))
        folder = try TemporaryFolder()
    }

    /// A socket as the service manager opens it: another one than the test's own, which stays open.
    private func passed(_ address: ListenAddress) throws -> Int32 {
        let socket = try ListeningSocket(address, key: "test")
        defer { socket.close() }
        let descriptor = dup(socket.descriptor)
        _ = fcntl(descriptor, F_SETFL, 0)
        return descriptor
    }

    private func complaint(
        _ addresses: [(key: String, address: ListenAddress)], _ inherited: [(key: String, descriptor: Int32)]
    ) throws -> String {
        let error = #expect(throws: CannotListenAnywhere.self) {
            for socket in try ListeningSocket.openAll(addresses, inherited: inherited) { socket.close() }
        }
        return try #require(error).description
    }

    @Test("take the place of those that the configuration names; the rest is opened")
    func places() throws {
        let six = try #require(IPAddress("::1"))
        let addresses: [(key: String, address: ListenAddress)] = [
            ("check.listen", .tcp(host: loopback, port: try FreePort.any())),
            ("check.listen", .unix(path: folder.file("s"))),
            ("portal.listen", .tcp(host: loopback, port: try FreePort.any())),
            ("admin.listen", .tcp(host: six, port: try FreePort.any())),
        ]
        let passed = try [0, 1, 3].map { (addresses[$0].key, try self.passed(addresses[$0].address)) }
        // Nobody else could open these now.
        #expect(throws: CannotListenAnywhere.self) { try ListeningSocket.openAll(addresses) }
        let sockets = try ListeningSocket.openAll(addresses, inherited: passed)
        defer { for socket in sockets { socket.close() } }
        #expect(sockets.map(\.address) == addresses.map(\.address))
        #expect(sockets.map(\.key) == addresses.map(\.key))
        #expect([0, 1, 3].map { sockets[$0].descriptor } == passed.map(\.1))
        for socket in sockets { #expect(fcntl(socket.descriptor, F_GETFL) & O_NONBLOCK != 0) }
        _ = try LocalSocket(.unix(path: folder.file("s")), seconds: 5)
    }

    @Test("leave the file of a Unix socket as it is")
    func mode() throws {
        let path = folder.file("s")
        let descriptor = try passed(.unix(path: path))
        #expect(unsafe chmod(path, 0o600) == 0)
        let sockets = try ListeningSocket.openAll(
            [("check.listen", .unix(path: path))], inherited: [("check.listen", descriptor)])
        for socket in sockets { socket.close() }
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
    }

    @Test("are refused if everybody may connect to their file")
    func openToAll() throws {
        let path = folder.file("s")
        let descriptor = try passed(.unix(path: path))
        #expect(unsafe chmod(path, 0o666) == 0)
        let text = try complaint([("check.listen", .unix(path: path))], [("check.listen", descriptor)])
        #expect(text.contains("everybody may connect") && text.contains("SocketMode=0660"), "\(text)")
    }

    @Test("are refused at an address that their listener does not have, and twice at one that it has")
    func elsewhere() throws {
        let (check, portal) = (
            ListenAddress.tcp(host: loopback, port: try FreePort.any()), ListenAddress.unix(path: folder.file("portal"))
        )
        let addresses = [(key: "check.listen", address: check), (key: "portal.listen", address: portal)]
        // The portal's socket under the name of checks would show checks to browsers.
        let swapped = try complaint(addresses, [("check.listen", try passed(portal))])
        #expect(swapped.contains("is at \(portal), and check.listen is [\"\(check)\"]"), "\(swapped)")
        let first = try passed(check)
        let twice = try complaint(addresses, [("check.listen", first), ("check.listen", dup(first))])
        #expect(twice.contains("another one"), "\(twice)")
    }

    @Test("are refused if they are something else", arguments: ["file", "datagrams", "connection", "abstract"])
    func kinds(kind: String) throws {
        let address = ListenAddress.tcp(host: loopback, port: try FreePort.any())
        let (descriptor, words) =
            switch kind {
            case "file": (unsafe open("/dev/null", O_RDONLY), "is no socket")
            case "datagrams": (socket(AF_INET, Int32(SOCK_DGRAM.rawValue), 0), "carries no connections")
            case "connection": (socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0), "does not listen")
            default: (abstractSocket(), "is neither at an IP address nor at a path")
            }
        defer { close(descriptor) }
        let text = try complaint([("check.listen", address)], [("check.listen", descriptor)])
        #expect(text.hasPrefix("check.listen: the socket that was passed as descriptor \(descriptor) "), "\(text)")
        #expect(text.contains(words), "\(text)")
    }

    /// One that listens without a name: the system gives it an abstract one.
    private func abstractSocket() -> Int32 {
        let descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue), 0)
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        _ = unsafe withUnsafePointer(to: &name) { name in
            unsafe name.withMemoryRebound(to: sockaddr.self, capacity: 1) { name in
                unsafe bind(descriptor, name, socklen_t(MemoryLayout<sa_family_t>.size))
            }
        }
        _ = Glibc.listen(descriptor, 1)
        return descriptor
    }
}
