/// `http` or `https`.
package enum Scheme: String, Hashable, Sendable {
    case http
    case https

    package var defaultPort: UInt16 { self == .https ? 443 : 80 }

    /// Takes the scheme as written, in any letter case.
    package init?(parsing text: Span<UInt8>) {
        if text.equalsIgnoringCase("https") {
            self = .https
        } else if text.equalsIgnoringCase("http") {
            self = .http
        } else {
            return nil
        }
    }
}

/// Scheme, host and port; the default port is never written.
package struct Origin: Hashable, Sendable, CustomStringConvertible {
    package let scheme: Scheme
    package let authority: Authority

    package init(scheme: Scheme, authority: Authority) {
        self.scheme = scheme
        let isDefault = authority.port == scheme.defaultPort
        self.authority = Authority(host: authority.host, port: isDefault ? nil : authority.port)
    }

    /// Takes `https://host` or `https://host:port`, nothing after it; `nil` for anything else, `null` included.
    package init?(parsing text: Span<UInt8>) {
        guard let (scheme, rest) = Origin.splitScheme(text),
            let authority = Authority(parsing: text.extracting(rest..<text.count))
        else { return nil }
        self.init(scheme: scheme, authority: authority)
    }

    package init?(_ text: String) { self.init(parsing: Array(text.utf8).span) }

    /// The scheme and where the text after `://` starts: no URL parser, what follows up to the first slash must be a host.
    package static func splitScheme(_ text: Span<UInt8>) -> (scheme: Scheme, rest: Int)? {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")), colon + 2 < text.count,
            text[colon + 1] == UInt8(ascii: "/"), text[colon + 2] == UInt8(ascii: "/"),
            let scheme = Scheme(parsing: text.extracting(0..<colon))
        else { return nil }
        return (scheme, colon + 3)
    }

    package var description: String { "\(scheme.rawValue)://\(authority)" }
}

/// The `Origin` header of a request.
package enum OriginHeader: Hashable, Sendable {
    case origin(Origin)
    /// `null` or something that is no origin.
    case opaque

    package init(parsing text: Span<UInt8>) { self = Origin(parsing: text).map(OriginHeader.origin) ?? .opaque }
}
