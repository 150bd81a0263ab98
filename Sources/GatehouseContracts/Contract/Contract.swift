package import GatehouseCore

/// How one kind of proxy asks and wants to be answered.
///
/// A contract reads exactly its own inputs and ignores all others: every proxy lets some client-written headers through, so
/// an endpoint that took whichever is there would let the client choose the URL that is judged.
package enum Contract: Hashable, Sendable {
    /// nginx `auth_request` and gateways built on it.
    case authRequest
    /// Traefik ForwardAuth, Caddy `forward_auth`, HAProxy `auth-intercept`.
    case forwardAuth

    /// Whether an allowed request is answered with the client's cookies without ours.
    package var answersCookies: Bool { self == .forwardAuth }
}

/// The place a check was sent to.
package struct Endpoint: Hashable, Sendable {
    package let contract: Contract
    /// The application that the proxy's configuration pins (`/auth/request/NAME`).
    package let pinned: ApplicationName?

    /// Takes the target of a check request; its query, which may be the client's own, is ignored.
    ///
    /// - Returns: `nil` for a target that is no endpoint: 404.
    package init?(target: Span<UInt8>) {
        let end = target.firstIndex(of: UInt8(ascii: "?")) ?? target.count
        let path = target.extracting(0..<end)
        guard let (contract, length) = Endpoint.contract(of: path) else { return nil }
        self.contract = contract
        guard path.count > length else {
            pinned = nil
            return
        }
        guard path[length] == UInt8(ascii: "/"), path.count > length + 1, path.count <= length + 65 else { return nil }
        let name = path.extracting((length + 1)..<path.count)
        for index in name.indices {
            let octet = name[index]
            guard ASCII.isAlphanumeric(octet) || octet == UInt8(ascii: "-") || octet == UInt8(ascii: "_") else {
                return nil
            }
        }
        pinned = ApplicationName(UTF8Text(wellFormed: name.array))
    }

    private static func contract(of path: Span<UInt8>) -> (Contract, Int)? {
        func starts(with text: StaticString) -> Bool {
            path.count >= text.utf8CodeUnitCount && path.extracting(0..<text.utf8CodeUnitCount).equals(text)
        }
        if starts(with: "/auth/request") { return (.authRequest, 13) }
        if starts(with: "/auth/forward") { return (.forwardAuth, 13) }
        return nil
    }
}
