import GatehouseContracts
import GatehouseCore

/// One check as a proxy sends it, and how it is read and answered.
struct Ask {
    var method = "GET"
    var target: String
    /// Name and value; a test may repeat, change or drop any of them.
    var headers: [(name: String, value: String)]
    var peer: IPAddress? = IPAddress("127.0.0.1")

    static let login = LoginAddress(portal: "https://auth.example.com")

    /// What nginx sends.
    static func request(_ url: String, method: String = "GET", _ more: [(name: String, value: String)] = []) -> Ask {
        Ask(
            target: "/auth/request",
            headers: [
                ("Host", "g"), ("X-Original-Method", method), ("X-Original-URL", url), ("X-Forwarded-For", "192.0.2.9"),
            ]
                + more)
    }

    /// What Traefik, Caddy and HAProxy send.
    static func forward(
        _ uri: String, host: String = "app.example.com", scheme: String = "https", method: String = "GET",
        _ more: [(name: String, value: String)] = []
    ) -> Ask {
        Ask(
            target: "/auth/forward",
            headers: [
                ("Host", "g"), ("X-Forwarded-Method", method), ("X-Forwarded-Proto", scheme),
                ("X-Forwarded-Host", host),
                ("X-Forwarded-Uri", uri), ("X-Forwarded-For", "192.0.2.9"),
            ] + more)
    }

    /// What Envoy sends.
    static func envoy(
        _ target: String, host: String = "app.example.com", scheme: String = "https", method: String = "GET",
        pinned: String? = nil, _ more: [(name: String, value: String)] = []
    ) -> Ask {
        Ask(
            method: method, target: (pinned.map { "/auth/envoy-app/\($0)" } ?? "/auth/envoy") + target,
            headers: [
                ("Host", host), ("X-Forwarded-Proto", scheme), ("X-Forwarded-For", "192.0.2.9"),
                ("Content-Length", "0"),
            ] + more)
    }

    func setting(_ name: String, to value: String) -> Ask {
        var ask = self
        ask.headers = headers.map { $0.name == name ? (name, value) : $0 }
        return ask
    }

    func adding(_ name: String, _ value: String) -> Ask {
        var ask = self
        ask.headers.append((name, value))
        return ask
    }

    func removing(_ name: String) -> Ask {
        var ask = self
        ask.headers.removeAll { $0.name == name }
        return ask
    }

    /// The bytes of the check.
    var bytes: [UInt8] {
        Array(
            ("\(method) \(target) HTTP/1.1\r\n" + headers.map { "\($0.name): \($0.value)\r\n" }.joined() + "\r\n").utf8)
    }

    /// How the contract reads it.
    func read() throws -> Result<CheckRequest, Refused> {
        let bytes = bytes
        var parser = RequestHeadParser()
        guard let head = try parser.parse(bytes.span) else { throw Incomplete() }
        guard let endpoint = head.withText(at: head.target, in: bytes.span, { Endpoint(target: $0) }) else {
            throw NoEndpoint()
        }
        do throws(Refused) {
            return .success(
                try CheckRequest(
                    endpoint, head: head, bytes: bytes.span,
                    cookies: CookieNames(session: SessionCookieName("__Host-gatehouse")),
                    proxies: TrustedProxies(networks: []), peer: peer))
        } catch {
            return .failure(error)
        }
    }

    /// The answer when the policy says `outcome`.
    func reply(
        _ outcome: Decision.Outcome, because reason: Trace.Reason = .noRule,
        of application: Application = Ask.application
    ) throws -> CheckReply {
        CheckReply(Decision(outcome, Trace(reason)), to: try read().get(), of: application, portal: Ask.login)
    }

    static let application = Application(
        name: "app", hosts: ["app.example.com", "*.apps.example.com"].compactMap { ApplicationHost($0) }, rules: [])

    struct Incomplete: Error {}
    struct NoEndpoint: Error {}
}

/// The kinds of clients of the contract page.
enum Kind: CaseIterable, Sendable {
    case browser
    case oldBrowser
    case fetch
    case api
    case webSocket
    case xhr
    case grpc

    var isNavigation: Bool { self == .browser || self == .oldBrowser }

    var headers: [(name: String, value: String)] {
        switch self {
        case .browser: [("Sec-Fetch-Mode", "navigate"), ("Accept", "*/*")]
        case .oldBrowser: [("Accept", "application/xml;q=0.9, Text/HTML")]
        case .fetch: [("Sec-Fetch-Mode", "cors"), ("Accept", "text/html")]
        case .api: [("Accept", "application/json")]
        case .webSocket: [("Upgrade", "websocket"), ("Accept", "text/html"), ("Sec-Fetch-Mode", "navigate")]
        case .xhr: [("X-Requested-With", "XMLHttpRequest"), ("Accept", "text/html")]
        case .grpc: [("Content-Type", "application/grpc+proto"), ("Accept", "text/html")]
        }
    }
}

func text(_ bytes: [UInt8]?) -> String? { bytes.map { String(decoding: $0, as: UTF8.self) } }
