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
        let process = try proxy.start(in: folder, files: files)
        let deadline = ContinuousClock.now + .seconds(10)
        while process.isRunning, ContinuousClock.now < deadline {
            if (try? LocalSocket(.tcp(port: stack.ports.proxy))) != nil {
                self.process = process
                return
            }
            usleep(5_000)
        }
        Server.stop(process)
        self.process = nil
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
