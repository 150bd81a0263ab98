internal import GatehouseCore

extension Contract {
    /// nginx `auth_request` and gateways built on it.
    package static let authRequest = Contract(
        endpoint: "/auth/request", clientTarget: .headers, cookies: .none,
        // nginx makes 500 of any other status than 401 and 403.
        clientFaultStatus: 403,
        read: AuthRequest.read, answer: AuthRequest.answer)
}

/// nginx `auth_request`: `X-Original-Method` and an absolute `X-Original-URL`; answers 200, 401 and 403 only.
private enum AuthRequest {
    @Sendable static func read(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ frame: RequestFrame
    ) throws(Refused) -> OriginalRequest {
        func client(_ field: RequestHead.Field) -> Refused { Refused(.client(field, contract: .authRequest)) }
        let method = try head.required(.xOriginalMethod, in: bytes) { text throws(Refused) in
            guard let method = Method(parsing: text) else { throw client(.xOriginalMethod) }
            return method
        }
        return try head.required(.xOriginalURL, in: bytes) { text throws(Refused) in
            guard let (scheme, start) = Origin.splitScheme(text) else { throw Refused(.malformed(.xOriginalURL)) }
            guard let slash = text.firstIndex(of: UInt8(ascii: "/"), from: start),
                let authority = Authority(parsing: text.extracting(start..<slash)),
                let target = RequestTarget(parsing: text.extracting(slash..<text.count))
            else { throw client(.xOriginalURL) }
            return frame.request(method: method, scheme: scheme, authority: authority, target: target)
        }
    }

    @Sendable static func answer(
        _ decision: Decision, _ client: ClientKind, _ challenge: LoginAddress.Challenge
    ) -> CheckReply {
        switch decision.outcome {
        case .allow: .allowed
        case .challenge: client.isNavigation ? CheckReply(status: 401, challenge) : .unauthorized
        case .deny: CheckReply(status: 403)
        case .unavailable: .unavailable
        }
    }
}
