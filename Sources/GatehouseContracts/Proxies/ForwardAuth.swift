internal import GatehouseCore

extension Contract {
    /// Traefik ForwardAuth, Caddy `forward_auth`, HAProxy `auth-intercept`.
    package static let forwardAuth = Contract(
        endpoint: "/auth/forward", clientTarget: .headers, cookies: .named, clientFaultStatus: 400,
        read: ForwardAuth.read, answer: RelayedAnswer.answer)
}

/// Traefik, Caddy, HAProxy: `X-Forwarded-Method`, `-Proto`, `-Host`, `-Uri`; redirects and pages reach the client.
private enum ForwardAuth {
    @Sendable static func read(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ frame: RequestFrame
    ) throws(Refused) -> OriginalRequest {
        func client(_ field: RequestHead.Field) -> Refused { Refused(.client(field, contract: .forwardAuth)) }
        let method = try head.required(.xForwardedMethod, in: bytes) { text throws(Refused) in
            guard let method = Method(parsing: text) else { throw client(.xForwardedMethod) }
            return method
        }
        let scheme = try head.required(.xForwardedProto, in: bytes) { text throws(Refused) in
            guard let scheme = clientScheme(text) else { throw Refused(.malformed(.xForwardedProto)) }
            return scheme
        }
        let authority = try head.required(.xForwardedHost, in: bytes) { text throws(Refused) in
            guard let authority = Authority(parsing: text) else { throw client(.xForwardedHost) }
            return authority
        }
        let target = try head.required(.xForwardedURI, in: bytes) { text throws(Refused) in
            guard let target = RequestTarget(parsing: text) else { throw client(.xForwardedURI) }
            return target
        }
        return frame.request(method: method, scheme: scheme, authority: authority, target: target)
    }

    /// Traefik says `ws` and `wss` for WebSocket upgrades.
    private static func clientScheme(_ text: Span<UInt8>) -> Scheme? {
        if text.equalsIgnoringCase("wss") { return .https }
        if text.equalsIgnoringCase("ws") { return .http }
        return Scheme(parsing: text)
    }
}
