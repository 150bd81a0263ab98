internal import GatehouseCore

extension Contract {
    /// Envoy's filter `ext_authz` with an HTTP service, and gateways built on it: Envoy Gateway, Istio.
    package static let extAuthz = Contract(
        endpoint: "/auth/envoy", clientTarget: .endpoint(pinned: "/auth/envoy-app"), cookies: .replaced,
        clientFaultStatus: 400, read: ExtAuthz.read, answer: RelayedAnswer.answer)
}

/// Envoy: the method, the host and the target are those of the check itself, the scheme is `X-Forwarded-Proto`.
private enum ExtAuthz {
    @Sendable static func read(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ frame: RequestFrame
    ) throws(Refused) -> OriginalRequest {
        func client(_ part: Refused.Part) -> Refused {
            Refused(.client(part, status: Contract.extAuthz.clientFaultStatus))
        }
        guard let method = head.withText(at: head.method, in: bytes, { Method(parsing: $0) }) else {
            throw client(.method)
        }
        let scheme = try head.required(.xForwardedProto, in: bytes) { text throws(Refused) in
            guard let scheme = Scheme(parsing: text) else { throw Refused(.malformed(.xForwardedProto)) }
            return scheme
        }
        let authority = try head.required(.host, in: bytes) { text throws(Refused) in
            guard let authority = Authority(parsing: text) else { throw client(.header(.host)) }
            return authority
        }
        let target = head.withText(at: head.target, in: bytes) { text in
            RequestTarget(parsing: text.extracting(min(frame.targetStart, text.count)..<text.count))
        }
        guard let target else { throw client(.target) }
        return frame.request(method: method, scheme: scheme, authority: authority, target: target)
    }
}
