package import GatehouseCore

/// How one kind of proxy asks and wants to be answered.
///
/// A contract reads exactly its own inputs and ignores all others: every proxy lets some client-written headers through, so
/// an endpoint that took whichever is there would let the client choose the URL that is judged.
///
/// Each is one file in `Proxies/`, which says all of this about it, and one line in `Contract.all`. Whoever reads requests or
/// writes replies asks the contract at hand and knows no other. Its two functions are those of its file and hold nothing, so
/// that a contract is copied without counting references.
package struct Contract: Sendable {
    /// Finds the client's own request in the headers that the contract's proxies write.
    typealias Read =
        @Sendable (
            _ head: borrowing RequestHead, _ bytes: Span<UInt8>, _ frame: RequestFrame
        ) throws(Refused) -> OriginalRequest

    /// Says a decision as the contract's proxies understand it.
    typealias Answer = @Sendable (Decision, ClientKind, LoginAddress.Challenge) -> CheckReply

    /// Where the address that the client asked for stands.
    enum ClientTarget: Sendable {
        /// In headers of the check; `/NAME` behind the endpoint may pin an application.
        case headers
        /// Behind the endpoint, in the check's own target; behind `pinned` and `/NAME` an application is pinned.
        case endpoint(pinned: StaticString)
    }

    /// Where the proxies ask: `/auth/request`.
    package let endpoint: StaticString
    let clientTarget: ClientTarget
    /// How the client's cookies without ours are answered.
    package let cookies: PassedCookies
    /// What is answered when the client's own method, host or target follows no grammar.
    let clientFaultStatus: Int
    let read: Read
    let answer: Answer
}

extension Contract: Equatable {
    /// No two contracts share an endpoint.
    package static func == (one: Contract, other: Contract) -> Bool {
        one.endpoint.description == other.endpoint.description
    }
}

extension Contract: CustomStringConvertible {
    package var description: String { endpoint.description }
}

extension Refused.Cause {
    /// The client's own method, host or target follows no grammar, in the answer of a contract.
    package static func client(_ field: RequestHead.Field, contract: Contract) -> Refused.Cause {
        .client(.header(field), status: contract.clientFaultStatus)
    }
}
