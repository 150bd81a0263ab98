package import GatehouseCore
package import GatehouseListener
internal import HTTPTypes
internal import Hummingbird
package import Logging
internal import NIOCore

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

    /// How many connections there are at most.
    package static var places: Int { 64 }

    /// Makes the listener of one address; the caller runs it.
    ///
    /// - Parameters:
    ///   - source: what is answered.
    ///   - socket: is the listener's from now on.
    ///   - hosts: the names that it answers to, beside `localhost` and every address.
    ///   - stop: given when the daemon is being stopped.
    ///   - logger: for complaints.
    ///   - clock: the wall clock.
    /// - Returns: the listener.
    package static func makeListener(
        _ source: Source, on socket: ListeningSocket, hosts: [Host], stop: StopNotice = StopNotice(),
        logger: Logger, clock: @escaping @Sendable () -> Timestamp
    ) -> HTTPListener {
        HTTPListener(
            socket, limits: PlaceLimits(total: places), proxies: TrustedProxies(networks: Network.loopback),
            stop: stop, logger: logger, clock: clock
        ) { request, _ in
            await answer(
                method: request.method, path: request.uri.path, host: request.head.authority, source, hosts)
        }
    }

    static func answer(
        method: HTTPRequest.Method, path: String, host: String?, _ source: Source, _ hosts: [Host]
    ) async -> Response {
        var response = await page(path: path, host: host, source, hosts)
        switch method {
        case .get: break
        case .head:
            response.body = ResponseBody(contentLength: response.body.contentLength) { try await $0.finish(nil) }
        default:
            response = text("only GET and HEAD are answered here\n", status: .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
        }
        return response
    }

    private static func page(path: String, host: String?, _ source: Source, _ hosts: [Host]) async -> Response {
        guard isOwn(host, hosts) else {
            return text("this host is not known here: name it in admin.hosts\n", status: .misdirectedRequest)
        }
        switch path {
        case "/livez": return text("ok\n")
        case "/readyz":
            let problems = await source.problems()
            guard !problems.isEmpty else { return text("ready\n") }
            return text(problems.map { "not ready: \($0)\n" }.joined(), status: .serviceUnavailable)
        case "/metrics": return text(await source.metrics(), type: "text/plain; version=0.0.4; charset=utf-8")
        default: return text("there are /livez, /readyz and /metrics here\n", status: .notFound)
        }
    }

    /// Whether a request is meant for this listener: a page that somebody's browser was lured to reaches it by a name of its
    /// own, made to lead to loopback.
    static func isOwn(_ host: String?, _ hosts: [Host]) -> Bool {
        guard let host else { return true }
        if host.utf8.first == UInt8(ascii: "[") {
            guard let end = host.utf8.firstIndex(of: UInt8(ascii: "]")) else { return false }
            return IPAddress(String(host[host.utf8.index(after: host.utf8.startIndex)..<end])) != nil
        }
        guard let authority = Authority(parsing: Array(host.utf8).span) else { return false }
        return IPAddress(authority.host.description) != nil || authority.host == Host("localhost")
            || hosts.contains(authority.host)
    }

    private static func text(
        _ text: String, status: HTTPResponse.Status = .ok, type: String = "text/plain; charset=utf-8"
    ) -> Response {
        Response(
            status: status, headers: [.contentType: type, .cacheControl: "no-store"],
            body: ResponseBody(byteBuffer: ByteBuffer(string: text)))
    }
}
