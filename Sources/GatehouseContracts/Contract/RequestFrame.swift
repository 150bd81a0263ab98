internal import GatehouseCore

/// What of the client's own request is read in the same way for every contract.
struct RequestFrame {
    /// The application that the proxy's configuration pins.
    let pinned: ApplicationName?
    /// Where in the check's own target the client's begins, for contracts that have it there.
    let targetStart: Int
    let upgrade: Upgrade
    private let hasPreflightHeaders: Bool

    init(_ head: borrowing RequestHead, _ bytes: Span<UInt8>, pinned: ApplicationName?, targetStart: Int) {
        self.pinned = pinned
        self.targetStart = targetStart
        upgrade = RequestFrame.upgrade(head, bytes)
        hasPreflightHeaders = head.count(of: .origin) > 0 && head.count(of: .accessControlRequestMethod) > 0
    }

    /// The client's own request, with what its contract found.
    func request(method: Method, scheme: Scheme, authority: Authority, target: RequestTarget) -> OriginalRequest {
        OriginalRequest(
            method: method, scheme: scheme, authority: authority, target: target, pinnedApplication: pinned,
            upgrade: upgrade, isPreflight: hasPreflightHeaders && method == .options)
    }

    /// Anything but one `Upgrade: websocket` is foreign; some proxies show only the key of a WebSocket.
    private static func upgrade(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Upgrade {
        let lines = head.count(of: .upgrade)
        guard lines > 0 || head.count(of: .secWebSocketKey) > 0 else { return .none }
        if lines > 0 {
            let isWebSocket = head.withValue(of: .upgrade, in: bytes) { $0.equalsIgnoringCase("websocket") } ?? false
            guard lines == 1, isWebSocket else { return .foreign }
        }
        return switch head.count(of: .origin) {
        case 0: .webSocket(nil)
        case 1: .webSocket(head.withValue(of: .origin, in: bytes) { OriginHeader(parsing: $0) })
        default: .webSocket(.opaque)
        }
    }
}
