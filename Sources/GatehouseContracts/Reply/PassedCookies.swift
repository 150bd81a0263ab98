/// How the answer to an allowed check names the client's cookies without ours, for the proxy to pass on.
package enum PassedCookies: Sendable {
    /// Not at all: the proxy takes ours out itself.
    case none
    /// `Gatehouse-Cookie` comes always, so that a proxy that copies it never takes the client's own.
    ///
    /// Proxies that can only copy a header under its own name find the same as `Cookie`; without that line nothing is left to
    /// pass on.
    case named
    /// `Cookie` replaces the client's own; without cookies to pass on the proxy is told to remove that header.
    ///
    /// Envoy keeps what the client wrote wherever an answer lacks a header. It removes after it has set, so that a header that
    /// is set must not be named for removal.
    case replaced

    /// The header lines that name these cookies.
    package func lines(_ others: [UInt8]) -> [UInt8] {
        guard !others.isEmpty else { return linesOfNone }
        var lines: [UInt8] = []
        lines.reserveCapacity(2 * others.count + 32)
        if self == .named { PassedCookies.append("Gatehouse-Cookie: ", others, to: &lines) }
        if self != .none { PassedCookies.append("Cookie: ", others, to: &lines) }
        return lines
    }

    /// What `lines` gives for nothing.
    package var linesOfNone: [UInt8] {
        switch self {
        case .none: []
        case .named: PassedCookies.noneNamed
        case .replaced: PassedCookies.removal
        }
    }

    private static let noneNamed = Array("Gatehouse-Cookie: \r\n".utf8)
    private static let removal = Array("X-Envoy-Auth-Headers-To-Remove: cookie\r\n".utf8)

    private static func append(_ name: StaticString, _ others: [UInt8], to lines: inout [UInt8]) {
        lines += name.description.utf8
        lines += others
        lines += "\r\n".utf8
    }
}
