import GatehouseSystem
import Glibc
import Testing

@Suite("Messages to the service manager")
struct ServiceNotifierTests {
    /// The manager's end: a socket that takes datagrams.
    private final class Manager {
        let descriptor: Int32

        init(_ name: [UInt8]) throws {
            descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            unsafe withUnsafeMutableBytes(of: &address.sun_path) { unsafe $0.copyBytes(from: name) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + name.count + (name.first == 0 ? 0 : 1))
            let bound = unsafe withUnsafePointer(to: &address) { address in
                unsafe address.withMemoryRebound(to: sockaddr.self, capacity: 1) { address in
                    unsafe bind(descriptor, address, length)
                }
            }
            try #require(bound == 0)
        }

        deinit { close(descriptor) }

        func next() -> String {
            var octets = [UInt8](repeating: 0, count: 4_096)
            let count = unsafe octets.withUnsafeMutableBytes { octets in
                unsafe recv(descriptor, octets.baseAddress, octets.count, Int32(MSG_DONTWAIT))
            }
            return String(decoding: octets.prefix(max(count, 0)), as: UTF8.self)
        }
    }

    private let unique = String(UInt64.random(in: .min ... .max), radix: 36)

    @Test("are datagrams to a path or to an abstract name")
    func places() throws {
        let path = "/tmp/gh-notify-\(unique)"
        defer { _ = unsafe unlink(path) }
        for (text, name) in [
            (path, Array(path.utf8)), ("@gh-notify-\(unique)", [0] + Array("gh-notify-\(unique)".utf8)),
        ] {
            let manager = try Manager(name)
            let notifier = try ServiceNotifier(NotifySocket(text))
            try notifier.send(.ready)
            #expect(manager.next() == "READY=1")
            try notifier.send(.reloading(monotonicMicroseconds: 12))
            #expect(manager.next() == "RELOADING=1\nMONOTONIC_USEC=12")
            try notifier.send(.stopping)
            #expect(manager.next() == "STOPPING=1")
            try notifier.send(.watchdog)
            #expect(manager.next() == "WATCHDOG=1")
        }
    }

    @Test("find a manager that started anew, and say so when there is none")
    func anew() throws {
        let path = "/tmp/gh-notify-\(unique)"
        defer { _ = unsafe unlink(path) }
        let notifier = try ServiceNotifier(NotifySocket(path))
        let fault = #expect(throws: ServiceManagerFault.self) { try notifier.send(.ready) }
        #expect(fault?.description.hasPrefix("NOTIFY_SOCKET: cannot be written to: ") == true)
        for _ in 0..<2 {
            _ = unsafe unlink(path)
            let manager = try Manager(Array(path.utf8))
            try notifier.send(.ready)
            #expect(manager.next() == "READY=1")
        }
    }

    @Test("hold one line of words, whatever the words are")
    func line() {
        #expect(ServiceMessage.status("a\nREADY=1\r\n\u{0}b").text == "STATUS=a READY=1   b")
        #expect(ServiceMessage.status("größer").text == "STATUS=größer")
    }
}
