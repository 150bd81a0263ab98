internal import GatehouseCore

/// A decision in the words of proxies that relay whatever is no "yes" to the client, redirects and pages included.
enum RelayedAnswer {
    @Sendable static func answer(
        _ decision: Decision, _ client: ClientKind, _ challenge: LoginAddress.Challenge
    ) -> CheckReply {
        switch decision.outcome {
        case .allow: return .allowed
        case .challenge:
            guard client.isNavigation else { return .unauthorized }
            return CheckReply(status: challenge.request.method.isRead ? 302 : 303, challenge)
        case .deny:
            return CheckReply(status: 403, page: .denied(decision.trace.reason, acceptsHTML: client.acceptsHTML))
        case .unavailable:
            return CheckReply(status: 503, page: client.acceptsHTML ? .unavailableHTML : .unavailableJSON)
        }
    }
}
