package import GatehouseCore

/// A check, read by its contract.
package struct CheckRequest: Sendable {
    package let contract: Contract
    /// Its place in `Contract.all`.
    package let contractIndex: Int
    package let original: OriginalRequest
    /// What the request shows to say who it is from.
    package let credential: Credential
    /// The client's cookies without ours, for contracts whose proxies cannot take them out themselves.
    package let otherCookies: [UInt8]
    package let client: ClientKind
    package let clientAddress: ClientAddress
    /// The names of the client's headers with an octet that is no letter, digit or `-`, as they were written.
    package let unusualNames: [[UInt8]]
    /// The trace that the request is part of, if one line says so and nothing else.
    package let trace: TraceContext?

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
        contractIndex = endpoint.contractIndex
        client = ClientKind(head: head, bytes: bytes)
        let (cookie, sawOthers) = head.sessionCookie(named: cookies.session, in: bytes)
        credential = Credential(cookie)
        otherCookies =
            sawOthers && endpoint.contract.cookies != .none ? head.otherCookies(than: cookies, in: bytes) : []
        unusualNames = head.unusualNames(in: bytes)
        trace =
            head.count(of: .traceparent) == 1
            ? head.withValue(of: .traceparent, in: bytes) { TraceContext(parsing: $0) } ?? nil : nil
        original = try endpoint.contract.read(
            head, bytes, RequestFrame(head, bytes, pinned: endpoint.pinned, targetStart: endpoint.targetStart))
        guard head.count(of: .xForwardedFor) <= 1 else { throw Refused(.repeated(.xForwardedFor)) }
        // Without the header nobody knows: the peer is a proxy, and never the client.
        clientAddress =
            head.value(of: .xForwardedFor, in: bytes).map { proxies.clientAddress(forwarded: $0, peer: peer) }
            ?? .unknown
        guard clientAddress != .malformed else { throw Refused(.malformed(.xForwardedFor)) }
    }
}
