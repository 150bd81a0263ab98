import GatehouseSystem
import Glibc
import Testing

@testable import GatehouseSystem

@Suite("What a service manager says by the environment")
struct ServiceManagerEnvironmentTests {
    private let pid: Int32 = 4_711

    private func environment(_ variables: [String: String]) throws -> ServiceManagerEnvironment {
        try ServiceManagerEnvironment(variables, pid: pid)
    }

    @Test("descriptors begin at 3 and have the names of their units")
    func descriptors() throws {
        let found = try environment(["LISTEN_PID": "4711", "LISTEN_FDS": "3", "LISTEN_FDNAMES": "check:portal:admin"])
        #expect(
            found.descriptors == [
                InheritedDescriptor(number: 3, name: "check"), InheritedDescriptor(number: 4, name: "portal"),
                InheritedDescriptor(number: 5, name: "admin"),
            ])
        let nameless = try environment(["LISTEN_PID": "4711", "LISTEN_FDS": "1"])
        #expect(nameless.descriptors == [InheritedDescriptor(number: 3, name: "")])
    }

    @Test(
        "what is for another process, or for nobody, does not count",
        arguments: [
            [:], ["LISTEN_FDS": "1"], ["LISTEN_FDS": "1", "LISTEN_PID": ""], ["LISTEN_FDS": "0", "LISTEN_PID": "4711"],
            ["LISTEN_FDS": "1", "LISTEN_PID": "1"], ["LISTEN_PID": "4711"],
            ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "1"], ["WATCHDOG_PID": "4711"], ["NOTIFY_SOCKET": ""],
        ])
    func others(variables: [String: String]) throws {
        let found = try environment(variables)
        #expect(found.descriptors == [] && found.watchdog == nil && found.notifySocket == nil)
    }

    @Test("the watchdog's time is in microseconds")
    func watchdog() throws {
        #expect(try environment(["WATCHDOG_USEC": "30000000"]).watchdog == .seconds(30))
        #expect(try environment(["WATCHDOG_USEC": "1", "WATCHDOG_PID": "4711"]).watchdog == .microseconds(1))
    }

    @Test(
        "what makes no sense is refused, with the variable's name",
        arguments: [
            ("LISTEN_PID", ["LISTEN_PID": "x", "LISTEN_FDS": "1"]),
            ("LISTEN_FDS", ["LISTEN_PID": "4711", "LISTEN_FDS": "-1"]),
            ("LISTEN_FDS", ["LISTEN_PID": "4711", "LISTEN_FDS": "99999999999999999999"]),
            ("LISTEN_FDNAMES", ["LISTEN_PID": "4711", "LISTEN_FDS": "2", "LISTEN_FDNAMES": "check"]),
            ("LISTEN_FDNAMES", ["LISTEN_PID": "4711", "LISTEN_FDS": "1", "LISTEN_FDNAMES": "check:"]),
            ("WATCHDOG_USEC", ["WATCHDOG_USEC": "0"]), ("WATCHDOG_USEC", ["WATCHDOG_USEC": "1s"]),
            ("WATCHDOG_PID", ["WATCHDOG_USEC": "1000", "WATCHDOG_PID": "me"]),
            ("NOTIFY_SOCKET", ["NOTIFY_SOCKET": "run/notify"]), ("NOTIFY_SOCKET", ["NOTIFY_SOCKET": "@"]),
            ("NOTIFY_SOCKET", ["NOTIFY_SOCKET": "vsock:2:1234"]),
            ("NOTIFY_SOCKET", ["NOTIFY_SOCKET": "/" + String(repeating: "x", count: 107)]),
        ])
    func refusals(name: String, variables: [String: String]) {
        let fault = #expect(throws: ServiceManagerFault.self) { try environment(variables) }
        #expect(fault?.description.hasPrefix("\(name): ") == true, "\(String(describing: fault))")
    }

    @Test("a descriptor that is taken is kept from programs that are started, and one that is not open is refused")
    func claim() throws {
        let open = unsafe Glibc.open("/dev/null", O_RDONLY)
        defer { close(open) }
        try InheritedDescriptor(number: open, name: "check").claim()
        #expect(fcntl(open, F_GETFD) == FD_CLOEXEC)
        let fault = #expect(throws: ServiceManagerFault.self) {
            try InheritedDescriptor(number: 1_000_000, name: "check").claim()
        }
        #expect(fault?.description.hasPrefix("LISTEN_FDS: counts descriptor 1000000") == true)
    }
}
