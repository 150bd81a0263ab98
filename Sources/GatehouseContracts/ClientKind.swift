internal import GatehouseCore

/// What kind of client sent the original request: a person's browser going to a page, or a program.
package struct ClientKind: Equatable, Sendable {
    /// Whether the browser can be sent elsewhere.
    package let isNavigation: Bool
    /// Whether a page may be shown; otherwise JSON.
    package let acceptsHTML: Bool
    /// Whether the connection is to become a WebSocket.
    package let isUpgrade: Bool

    /// Judges by the client's own headers; they decide about the form of a refusal, never about the decision.
    init(head: borrowing RequestHead, bytes: Span<UInt8>) {
        isUpgrade = head.count(of: .upgrade) > 0 || head.count(of: .secWebSocketKey) > 0
        acceptsHTML = head.withValue(of: .accept, in: bytes) { ClientKind.contains($0, "text/html") } ?? false
        let isGRPC =
            head.withValue(of: .contentType, in: bytes) {
                $0.count >= 16 && $0.extracting(0..<16).equalsIgnoringCase("application/grpc")
            } ?? false
        guard !isUpgrade, head.count(of: .xRequestedWith) == 0, !isGRPC else {
            isNavigation = false
            return
        }
        isNavigation = head.withValue(of: .secFetchMode, in: bytes) { $0.equalsIgnoringCase("navigate") } ?? acceptsHTML
    }

    /// Whether `text` stands somewhere in `value`, in any letter case.
    private static func contains(_ value: Span<UInt8>, _ text: StaticString) -> Bool {
        let length = text.utf8CodeUnitCount
        var start = 0
        while start + length <= value.count {
            if value.extracting(start..<(start + length)).equalsIgnoringCase(text) { return true }
            start += 1
        }
        return false
    }
}
