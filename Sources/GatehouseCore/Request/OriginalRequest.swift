/// What a client wants its connection to become (RFC 9110, section 7.8).
package enum Upgrade: Hashable, Sendable {
    case none
    /// With its `Origin`; `nil` without the header.
    case webSocket(OriginHeader?)
    /// Anything else, such as `h2c`: in a connection that speaks another protocol nobody asks about the requests.
    case foreign
}

/// The client's own request, as a proxy describes it: what the policy judges.
package struct OriginalRequest: Sendable {
    package let method: Method
    package let scheme: Scheme
    package let authority: Authority
    package let target: RequestTarget
    /// The application that the proxy's configuration pins; the host must then also be one of its hosts.
    package let pinnedApplication: ApplicationName?
    /// What the connection is to become.
    package let upgrade: Upgrade
    /// A CORS preflight: `OPTIONS` with `Origin` and `Access-Control-Request-Method`.
    package let isPreflight: Bool

    package init(
        method: Method, scheme: Scheme, authority: Authority, target: RequestTarget,
        pinnedApplication: ApplicationName? = nil, upgrade: Upgrade = .none, isPreflight: Bool = false
    ) {
        self.method = method
        self.scheme = scheme
        self.authority = authority
        self.target = target
        self.pinnedApplication = pinnedApplication
        self.upgrade = upgrade
        self.isPreflight = isPreflight
    }

    /// A request as an operator writes it: a method and a whole address like `https://reports.example.com/admin/`.
    ///
    /// - Returns: `nil` if it is none.
    package init?(method: String, url: String) {
        let bytes = Array(url.utf8)
        guard let method = Method(method), let (scheme, start) = Origin.splitScheme(bytes.span) else { return nil }
        let end = bytes[start...].firstIndex { $0 == UInt8(ascii: "/") || $0 == UInt8(ascii: "?") } ?? bytes.count
        var rest = Array(bytes[end...])
        if rest.first != UInt8(ascii: "/") { rest.insert(UInt8(ascii: "/"), at: 0) }
        guard let authority = Authority(parsing: bytes.span.extracting(start..<end)),
            let target = RequestTarget(parsing: rest.span), !rest.contains(UInt8(ascii: "#"))
        else { return nil }
        self.init(method: method, scheme: scheme, authority: authority, target: target)
    }
}
