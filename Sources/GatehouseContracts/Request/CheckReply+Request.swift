package import GatehouseCore

extension CheckReply {
    /// Says a decision in the words of the contract that asked.
    ///
    /// `application` is the one that the request is for; only a request that is for none cannot be challenged.
    package init(_ decision: Decision, to request: CheckRequest, of application: Application?, portal: LoginAddress) {
        let challenge = LoginAddress.Challenge(
            portal: portal, request: request.original, application: application,
            again: decision.trace.reason == .signedInTooLongAgo)
        self = request.contract.answer(decision, request.client, challenge)
    }
}
