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
        /// Every part of the daemon, as it is now.
        package let health: @Sendable () async -> [HealthPart]
        /// Everything that is counted.
        package let metrics: @Sendable () async -> [MetricFamily]

        package init(
            health: @escaping @Sendable () async -> [HealthPart],
            metrics: @escaping @Sendable () async -> [MetricFamily]
        ) {
            self.health = health
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
            await answer(AdminQuestion(request), source, hosts)
        }
    }

    static func answer(_ question: AdminQuestion, _ source: Source, _ hosts: [Host]) async -> Response {
        var response = await page(question, source, hosts)
        switch question.method {
        case .get: break
        case .head:
            response.body = ResponseBody(contentLength: response.body.contentLength) { try await $0.finish(nil) }
        default:
            response = text("only GET and HEAD are answered here\n", status: .methodNotAllowed)
            response.headers[.allow] = "GET, HEAD"
        }
        return response
    }

    private static func page(_ question: AdminQuestion, _ source: Source, _ hosts: [Host]) async -> Response {
        guard isOwn(question.host, hosts) else {
            return text("this host is not known here: name it in admin.hosts\n", status: .misdirectedRequest)
        }
        switch question.path {
        case "/livez": return text("ok\n")
        case "/readyz":
            let parts = await source.health()
            let lines = question.isVerbose ? parts.map(\.line) : parts.readinessLines
            return text(
                lines.map { "\($0)\n" }.joined(), status: parts.areReady ? .ok : .serviceUnavailable)
        case "/metrics":
            let format = MetricsFormat(accept: question.accept)
            return text(MetricsText.write(await source.metrics(), as: format), type: format.contentType)
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

/// What of a request the operator's listener looks at.
struct AdminQuestion {
    var method = HTTPRequest.Method.get
    var path: String
    var isVerbose = false
    var host: String?
    var accept: String?
}

extension AdminQuestion {
    init(_ request: Request) {
        method = request.method
        path = request.uri.path
        isVerbose = (request.uri.query ?? "").utf8.split(separator: UInt8(ascii: "&")).contains {
            $0.elementsEqual("verbose".utf8) || $0.starts(with: "verbose=".utf8)
        }
        host = request.head.authority
        accept = request.headers[.accept]
    }
}
