internal import GatehouseCore
package import Hummingbird
package import Logging
package import NIOPosix

/// The admin listener: health and metrics for the operator, on loopback or a Unix socket.
package enum AdminServer {
    /// What the listener asks the daemon.
    package struct Source: Sendable {
        /// Why the daemon is not ready; empty when it is.
        package let problems: @Sendable () async -> [String]
        /// The metrics in Prometheus' text format.
        package let metrics: @Sendable () async -> String

        package init(
            problems: @escaping @Sendable () async -> [String], metrics: @escaping @Sendable () async -> String
        ) {
            self.problems = problems
            self.metrics = metrics
        }
    }

    /// Makes the server of one address; the caller runs it as a service.
    package static func makeApplication(
        _ source: Source, address: BindAddress, group: MultiThreadedEventLoopGroup, logger: Logger,
        onRunning: @escaping @Sendable (String) async -> Void = { _ in }
    ) -> some ApplicationProtocol {
        let router = Router()
        router.get("/livez") { _, _ in text("ok\n") }
        router.get("/readyz") { _, _ in
            let problems = await source.problems()
            guard !problems.isEmpty else { return text("ready\n") }
            return text(problems.map { "not ready: \($0)\n" }.joined(), status: .serviceUnavailable)
        }
        router.get("/metrics") { _, _ in text(await source.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        }
        return Application(
            router: router, server: .http1(configuration: .init(idleTimeout: .seconds(75))),
            configuration: ApplicationConfiguration(address: address.hummingbird, serverName: nil),
            onServerRunning: { channel in await onRunning(BindAddress.text(channel.localAddress)) },
            eventLoopGroupProvider: .shared(group), logger: logger)
    }

    private static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}

extension BindAddress {
    /// The same address in Hummingbird's words.
    package var hummingbird: Hummingbird.BindAddress {
        switch self {
        case .tcp(let address, let port): .hostname(address.description, port: Int(port))
        case .unix(let path): .unixDomainSocket(path: path)
        }
    }
}
