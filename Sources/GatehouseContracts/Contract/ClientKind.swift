internal import GatehouseCore

/// What kind of client sent the original request: a person's browser going to a page, or a program.
package struct ClientKind: Equatable, Sendable {
    /// Whether the browser can be sent elsewhere.
    package let isNavigation: Bool
    /// Whether a page may be shown; otherwise JSON.
    package let acceptsHTML: Bool
    /// Judges by the client's own headers; they decide about the form of a refusal, never about the decision.
    init(head: borrowing RequestHead, bytes: Span<UInt8>) {
        acceptsHTML = head.withValue(of: .accept, in: bytes) { ClientKind.namesHTML($0) } ?? false
        let isGRPC =
            head.withValue(of: .contentType, in: bytes) {
                $0.count >= 16 && $0.extracting(0..<16).equalsIgnoringCase("application/grpc")
            } ?? false
        let isWebSocket =
            head.withValue(of: .upgrade, in: bytes) { $0.equalsIgnoringCase("websocket") } == true
            || head.count(of: .secWebSocketKey) > 0
        guard !isWebSocket, !isGRPC, !ClientKind.isScript(head, bytes) else {
            isNavigation = false
            return
        }
        isNavigation = head.withValue(of: .secFetchMode, in: bytes) { $0.equalsIgnoringCase("navigate") } ?? acceptsHTML
    }

    /// Whether a script asks, by the word of a library; Android's web views send their application's id with every page.
    ///
    /// What the browser itself says in `Sec-Fetch-Mode` counts first.
    private static func isScript(_ head: borrowing RequestHead, _ bytes: Span<UInt8>) -> Bool {
        guard head.count(of: .secFetchMode) == 0 else { return false }
        return head.withValue(of: .xRequestedWith, in: bytes) { $0.equalsIgnoringCase("xmlhttprequest") } ?? false
    }

    /// Whether an `Accept` line names HTML somewhere, in any letter case.
    private static func namesHTML(_ accept: Span<UInt8>) -> Bool {
        var start = 4
        while let slash = accept.firstIndex(of: UInt8(ascii: "/"), from: start) {
            if accept.count - slash > 4, accept.extracting((slash - 4)..<(slash + 5)).equalsIgnoringCase("text/html") {
                return true
            }
            start = slash + 1
        }
        return false
    }
}
