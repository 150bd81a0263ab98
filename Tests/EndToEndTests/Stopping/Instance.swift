internal import Foundation
internal import GatehouseTestSupport
internal import Glibc

/// One of several daemons with the same configuration, keys and stores, on an address of its own.
struct Instance {
    /// `127.0.0.1` or one of its kin.
    let address: String
    /// Where the test finds its admin listener, beside the one at `address`.
    let admin: UInt16
    private let stack: Stack
    private var process: ChildProcess?

    /// The one that a stack was started with.
    static func first(of stack: Stack) -> Instance {
        Instance(address: "127.0.0.1", admin: stack.ports.admin, stack: stack, process: stack.gatehouse)
    }

    /// Another one with the same ports; it is started by `start`.
    static func other(of stack: Stack, address: String) throws -> Instance {
        Instance(address: address, admin: try FreePort.any(), stack: stack, process: nil)
    }

    /// Starts it and waits until it is ready.
    mutating func start(_ program: String) async throws {
        let ports = stack.ports
        var admins = ["\(address):\(ports.admin)"]
        if admin != ports.admin { admins.append("127.0.0.1:\(admin)") }
        let process = try Server.start(
            program, ["serve", "--config", stack.config],
            environment: Tools.environment.merging([
                "GATEHOUSE_CHECK__LISTEN": "\(address):\(ports.check)",
                "GATEHOUSE_PORTAL__LISTEN": "\(address):\(ports.portal)",
                "GATEHOUSE_ADMIN__LISTEN": admins.joined(separator: ","),
            ]) { $1 }, output: stack.folder.file("gatehouse.log"))
        self.process = process
        let isReady = await eventually(within: .seconds(60)) {
            !process.isRunning
                || (try? Exchange.get("/readyz", host: "localhost", port: admin, seconds: 3))?.status == 200
        }
        guard isReady, process.isRunning else {
            throw Stack.Failure(description: "the instance at \(address) does not start\n\(stack.logs)")
        }
    }

    /// Tells it to stop and waits for that.
    ///
    /// - Returns: what it exited with.
    func end() -> Int32? {
        process?.signal(SIGTERM)
        return process?.waitForExit()
    }

    /// How many checks it answered since its start.
    func checks() throws -> Double {
        let text = try Exchange.get("/metrics", host: "localhost", port: admin).text
        return text.split(separator: "\n").filter { $0.hasPrefix("gatehouse_checks_total") }
            .compactMap { $0.split(separator: " ").last.flatMap { Double($0) } }.reduce(0, +)
    }

    func stop() {
        if let process { Server.stop(process) }
    }
}
