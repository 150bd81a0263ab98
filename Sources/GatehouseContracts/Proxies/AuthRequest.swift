internal import GatehouseCore

/// nginx `auth_request`: `X-Original-Method` and an absolute `X-Original-URL`; answers 200, 401 and 403 only.
enum AuthRequest {
    static func read(
        _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ context: CheckRequest.Context
    ) throws(Refused) -> OriginalRequest {
        let client = Refused.Cause.client(.xOriginalURL, contract: .authRequest)
        let method = try head.required(.xOriginalMethod, in: bytes) { text throws(Refused) in
            guard let method = Method(parsing: text) else {
                throw Refused(.client(.xOriginalMethod, contract: .authRequest))
            }
            return method
        }
        return try head.required(.xOriginalURL, in: bytes) { text throws(Refused) in
            guard let (scheme, start) = Origin.splitScheme(text) else { throw Refused(.malformed(.xOriginalURL)) }
            guard let slash = text.firstIndex(of: UInt8(ascii: "/"), from: start),
                let authority = Authority(parsing: text.extracting(start..<slash)),
                let target = RequestTarget(parsing: text.extracting(slash..<text.count))
            else { throw Refused(client) }
            return context.request(method: method, scheme: scheme, authority: authority, target: target)
        }
    }

    static func reply(_ decision: Decision, _ request: CheckRequest, _ challenge: LoginAddress.Challenge) -> CheckReply
    {
        switch decision.outcome {
        case .allow: .allowed
        case .challenge: request.client.isNavigation ? CheckReply(status: 401, challenge) : .unauthorized
        case .deny: CheckReply(status: 403)
        case .unavailable: .unavailable
        }
    }
}
