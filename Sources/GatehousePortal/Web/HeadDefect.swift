internal import GatehouseCore

/// What is wrong with the head of a request, so that nobody can say which page it asks for, or who asks.
enum HeadDefect: Equatable, Sendable {
    /// No `Host` (RFC 9112, section 3.2).
    case noHost
    /// More than one `Host`: a proxy and the portal could each take another one.
    case severalHosts
    /// A trusted proxy's `X-Forwarded-For` in which no client can be found: counted under one address, all such requests
    /// would share a throttle.
    case forwardedFor

    /// Finds the first defect.
    init?(hosts: Int, client: ClientAddress) {
        switch (hosts, client) {
        case (0, _): self = .noHost
        case (2..., _): self = .severalHosts
        case (_, .malformed): self = .forwardedFor
        default: return nil
        }
    }

    var header: StaticString {
        switch self {
        case .noHost, .severalHosts: "Host"
        case .forwardedFor: "X-Forwarded-For"
        }
    }

    /// In the words of the check, whose proxies are the same.
    var reason: StaticString {
        switch self {
        case .noHost: "missing"
        case .severalHosts: "sent more than once"
        case .forwardedFor: "not understood: the proxy's configuration must set it"
        }
    }
}
