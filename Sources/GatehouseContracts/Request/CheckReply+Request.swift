package import GatehouseCore

extension CheckReply {
    /// Says a decision in the words of the contract that asked.
    ///
    /// `application` is the one that the request is for; only a request that is for none cannot be challenged.
    package init(_ decision: Decision, to request: CheckRequest, of application: Application?, portal: LoginAddress) {
        let challenge = LoginAddress.Challenge(
            portal: portal, request: request.original, application: application,
            within: CheckReply.within(decision.trace, application))
        self = request.contract.answer(decision, request.client, challenge)
    }

    /// How recent the sign-in has to be, for somebody whose own is too old.
    private static func within(_ trace: Trace, _ application: Application?) -> Duration? {
        guard trace.reason == .signedInTooLongAgo else { return nil }
        guard let rules = application?.rules, let number = trace.rule, rules.indices.contains(number - 1) else {
            return .zero
        }
        return rules[number - 1].signedInWithin ?? .zero
    }
}
