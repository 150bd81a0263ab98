package import GatehouseCore

/// A check, read by its contract.
package struct CheckRequest: Sendable {
    package let contract: Contract
    package let original: OriginalRequest
    package let cookie: SessionCookie
    /// The client's cookies without ours, for contracts whose proxies cannot take them out themselves.
    package let otherCookies: [UInt8]
    package let client: ClientKind
    package let clientAddress: ClientAddress
    /// The names of the client's headers with an octet that is no letter, digit or `-`, as they were written.
    package let unusualNames: [[UInt8]]

    /// Reads a check.
    ///
    /// - Parameters:
    ///   - endpoint: where the check was sent to.
    ///   - head: the head of the proxy's request, parsed from `bytes`.
    ///   - bytes: at least the whole head.
    ///   - cookies: the names of our own cookies.
    ///   - proxies: whose entries in `X-Forwarded-For` are believed.
    ///   - peer: the TCP peer; `nil` on a Unix socket.
    /// - Throws: `Refused`, to be answered and logged: an operator's mistake or a client that follows no grammar.
    package init(
        _ endpoint: Endpoint, head: borrowing RequestHead, bytes: Span<UInt8>, cookies: CookieNames,
        proxies: TrustedProxies, peer: IPAddress?
    ) throws(Refused) {
        contract = endpoint.contract
        client = ClientKind(head: head, bytes: bytes)
        let (cookie, sawOthers) = head.sessionCookie(named: cookies.session, in: bytes)
        self.cookie = cookie
        otherCookies =
            sawOthers && endpoint.contract.answersCookies ? head.otherCookies(than: cookies, in: bytes) : []
        unusualNames = head.unusualNames(in: bytes)
        let context = Context(
            pinned: endpoint.pinned,
            upgrade: CheckRequest.upgrade(head, bytes),
            hasPreflightHeaders: head.count(of: .origin) > 0 && head.count(of: .accessControlRequestMethod) > 0)
        switch endpoint.contract {
        case .authRequest: original = try AuthRequest.read(head, bytes, context)
        case .forwardAuth: original = try ForwardAuth.read(head, bytes, context)
        }
        guard head.count(of: .xForwardedFor) <= 1 else { throw Refused(.repeated(.xForwardedFor)) }
        clientAddress = proxies.clientAddress(forwarded: head.value(of: .xForwardedFor, in: bytes), peer: peer)
        guard clientAddress != .malformed else { throw Refused(.malformed(.xForwardedFor)) }
    }

    /// What is the same for every contract.
    struct Context {
        let pinned: ApplicationName?
        let upgrade: Upgrade
        let hasPreflightHeaders: Bool

        func request(
            method: Method, scheme: Scheme, authority: Authority, target: RequestTarget
        ) -> OriginalRequest {
            OriginalRequest(
                method: method, scheme: scheme, authority: authority, target: target, pinnedApplication: pinned,
                upgrade: upgrade, isPreflight: hasPreflightHeaders && method == .options)
        }
    }

    /// Anything but one `Upgrade: websocket` is foreign; some proxies show only the key of a WebSocket.
    private static func upgrade(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Upgrade {
        let lines = head.count(of: .upgrade)
        guard lines > 0 || head.count(of: .secWebSocketKey) > 0 else { return .none }
        if lines > 0 {
            let isWebSocket = head.withValue(of: .upgrade, in: bytes) { $0.equalsIgnoringCase("websocket") } ?? false
            guard lines == 1, isWebSocket else { return .foreign }
        }
        return switch head.count(of: .origin) {
        case 0: .webSocket(nil)
        case 1: .webSocket(head.withValue(of: .origin, in: bytes) { OriginHeader(parsing: $0) })
        default: .webSocket(.opaque)
        }
    }
}

/// A check that is not judged.
package struct Refused: Error, Equatable, Sendable {
    package enum Cause: Equatable, Sendable {
        /// The proxy's configuration does not send a header of the contract: 400.
        case missing(RequestHead.Field)
        /// The header came twice: 400.
        case repeated(RequestHead.Field)
        /// The proxy sent what no proxy should: 400.
        case malformed(RequestHead.Field)
        /// The client's own method, host or target follows no grammar: 403 on `/auth/request`, 400 elsewhere.
        case client(RequestHead.Field, contract: Contract)
    }

    package let cause: Cause

    init(_ cause: Cause) { self.cause = cause }

    package var status: Int {
        if case .client(_, .authRequest) = cause { 403 } else { 400 }
    }

    /// The header to look at.
    package var field: RequestHead.Field {
        switch cause {
        case .missing(let field), .repeated(let field), .malformed(let field), .client(let field, _): field
        }
    }

    /// What is wrong, for the log.
    package var reason: StaticString {
        switch cause {
        case .missing: "missing or empty: the proxy's configuration must set it"
        case .repeated: "sent more than once: the proxy's configuration must replace what the client sent"
        case .malformed: "not understood"
        case .client: "the client's request follows no grammar"
        }
    }
}

extension RequestHead {
    /// Reads a header that the contract requires exactly once.
    func required<Result>(
        _ field: Field, in bytes: Span<UInt8>, _ body: (Span<UInt8>) throws(Refused) -> Result
    ) throws(Refused) -> Result {
        switch count(of: field) {
        case 0: throw Refused(.missing(field))
        case 1: break
        default: throw Refused(.repeated(field))
        }
        let result = withValue(of: field, in: bytes) { value -> Swift.Result<Result, Refused> in
            guard !value.isEmpty else { return .failure(Refused(.missing(field))) }
            do throws(Refused) { return .success(try body(value)) } catch { return .failure(error) }
        }
        guard let result else { throw Refused(.missing(field)) }
        return try result.get()
    }
}
