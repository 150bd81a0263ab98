package import GatehouseCore

/// Where browsers find the portal: an origin of its own, or a path of an application's origin.
package struct PortalAddress: Hashable, Sendable, CustomStringConvertible {
    package let origin: Origin
    /// Empty, or a path without a slash at the end: `/_gatehouse`.
    package let prefix: String

    /// Takes the path as in the URL, without one slash at its end; `nil` unless it is made of `/`, letters, digits and
    /// `-._~`.
    package init?(origin: Origin, prefix: String = "") {
        var bytes = Array(prefix.utf8)
        if bytes.last == UInt8(ascii: "/") { bytes.removeLast() }
        guard bytes.allSatisfy({ ASCII.isUnreserved($0) || $0 == UInt8(ascii: "/") }),
            bytes.isEmpty || CanonicalPath(parsing: bytes.span) != nil, bytes.last != UInt8(ascii: "/")
        else { return nil }
        self.origin = origin
        self.prefix = String(decoding: bytes, as: UTF8.self)
    }

    /// Takes `https://auth.example.com` or `https://app.example.com/_gatehouse`, with or without a slash at the end.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let (_, start) = Origin.splitScheme(bytes.span) else { return nil }
        let end = bytes[start...].firstIndex(of: UInt8(ascii: "/")) ?? bytes.count
        guard let origin = Origin(parsing: bytes.span.extracting(0..<end)) else { return nil }
        self.init(origin: origin, prefix: String(decoding: bytes[end...], as: UTF8.self))
    }

    /// Whether the portal is alone on its host, so that it may clear what browsers keep for the host.
    var hasOwnHost: Bool { prefix.isEmpty }
    var isSecure: Bool { origin.scheme == .https }

    package var description: String { "\(origin)\(prefix)" }
}
