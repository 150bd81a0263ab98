/// The client's own request, as a proxy describes it: what the policy judges.
package struct OriginalRequest: Sendable {
    package let method: Method
    package let scheme: Scheme
    package let authority: Authority
    package let target: RequestTarget
    /// The application that the proxy's configuration pins; the host must then also be one of its hosts.
    package let pinnedApplication: ApplicationName?
    /// The `Origin` of a WebSocket upgrade; `nil` for every other request, and for an upgrade without the header.
    package let webSocketOrigin: OriginHeader?
    /// A CORS preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    package let isPreflight: Bool

    package init(
        method: Method, scheme: Scheme, authority: Authority, target: RequestTarget,
        pinnedApplication: ApplicationName? = nil, webSocketOrigin: OriginHeader? = nil, isPreflight: Bool = false
    ) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.target = target
        self.pinnedApplication = pinnedApplication
        self.webSocketOrigin = webSocketOrigin
        self.isPreflight = isPreflight
    }

    package var origin: Origin { Origin(scheme: scheme, authority: authority) }
}
