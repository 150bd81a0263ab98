internal import Foundation
internal import GatehouseTestSupport
internal import Glibc

/// A proxy with a configuration of the test's own, in the place of the one that a stack was started with.
final class Trial {
    /// The running proxy; `nil` if it did not start.
    let process: ChildProcess?
    private let folder: TemporaryFolder

    /// Stops the stack's own proxy and starts this one on the same port, with what `change` made of its files.
    init(
        _ proxy: any ShippedProxy, in stack: Stack, change: (inout [String: String]) throws -> Void = { _ in }
    ) throws {
        if stack.proxy.isRunning { Server.stop(stack.proxy) }
        folder = try TemporaryFolder()
        var files = try proxy.files(in: folder.file("proxy"), try stack.site)
        try change(&files)
        // Between two proxies somebody's connection may have taken the port for a moment: who does not start never does.
        for _ in 0..<3 {
            let process = try proxy.start(in: folder, files: files)
            if Trial.isUp(process, port: stack.ports.proxy) {
                self.process = process
                return
            }
            Server.stop(process)
        }
        process = nil
    }

    /// Whether a proxy opens its port.
    private static func isUp(_ process: ChildProcess, port: UInt16) -> Bool {
        let deadline = ContinuousClock.now + .seconds(10)
        while process.isRunning, ContinuousClock.now < deadline {
            if (try? LocalSocket(.tcp(port: port))) != nil { return true }
            usleep(5_000)
        }
        return false
    }

    /// What a proxy does once it has read its configuration: some open their port before that.
    func settled<Result>(_ stack: Stack, _ body: () -> Result) async throws -> Result {
        _ = await eventually(within: .milliseconds(1_200)) {
            guard let status = try? stack.page("/public/headers.json", seconds: 2).status else { return false }
            return status != 404
        }
        return body()
    }

    var log: String { (try? String(contentsOfFile: folder.file("proxy.log"), encoding: .utf8)) ?? "" }

    func stop() {
        if let process { Server.stop(process) }
    }
}
