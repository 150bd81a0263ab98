/// A host name in its one comparable form: lower case, without port and without a trailing dot.
///
/// Grammar R-HOST: labels of `a-z 0-9 - _` with 1 to 63 octets, 253 in total. IPv4 addresses follow it; IPv6 literals do not.
/// (`_` is in no host name of RFC 1123, but in names that people give to machines and that browsers open.)
package struct Host: Hashable, Sendable, CustomStringConvertible {
    package let bytes: [UInt8]

    /// The most octets a host may have (RFC 1035, section 2.3.4).
    package static let maxLength = 253

    /// Takes a host without port, in any letter case and with at most one trailing dot; `nil` if it is none.
    package init?(parsing text: Span<UInt8>) {
        var end = text.count
        if end > 0, text[end - 1] == UInt8(ascii: ".") { end -= 1 }
        guard end > 0, end <= Host.maxLength else { return nil }
        var bytes: [UInt8] = []
        bytes.reserveCapacity(end)
        var labelLength = 0
        for index in 0..<end {
            let octet = ASCII.lowercased(text[index])
            if octet == UInt8(ascii: ".") {
                guard labelLength > 0 else { return nil }
                labelLength = 0
            } else {
                labelLength += 1
                let isLabelOctet =
                    ASCII.isLower(octet) || ASCII.isDigit(octet) || octet == UInt8(ascii: "-")
                    || octet == UInt8(ascii: "_")
                guard isLabelOctet, labelLength <= 63 else { return nil }
            }
            bytes.append(octet)
        }
        guard labelLength > 0 else { return nil }
        self.bytes = bytes
    }

    package init?(_ text: String) { self.init(parsing: Array(text.utf8).span) }

    package var description: String { String(decoding: bytes, as: UTF8.self) }
}

/// A host and, when one was written, its port.
package struct Authority: Hashable, Sendable, CustomStringConvertible {
    package let host: Host
    /// 1 to 65,535; `nil` if none was written.
    package let port: UInt16?

    package init(host: Host, port: UInt16?) {
        self.host = host
        self.port = port
    }

    /// Takes `host` or `host:port`; user information, IPv6 literals and an empty port are refused.
    package init?(parsing text: Span<UInt8>) {
        guard let colon = text.firstIndex(of: UInt8(ascii: ":")) else {
            guard let host = Host(parsing: text) else { return nil }
            self.init(host: host, port: nil)
            return
        }
        let digits = text.extracting((colon + 1)..<text.count)
        guard digits.count <= 5, let port = ASCII.decimal(digits, limit: 65_535), port > 0,
            let host = Host(parsing: text.extracting(0..<colon))
        else { return nil }
        self.init(host: host, port: UInt16(port))
    }

    package var description: String { port.map { "\(host):\($0)" } ?? host.description }
}

/// Which hosts an application answers for: one host, or every host one label below a domain.
package enum HostPattern: Hashable, Sendable, CustomStringConvertible {
    case exact(Host)
    /// `*.example.com`: exactly one label in front of the domain.
    case wildcard(Host)

    /// Takes `app.example.com` or `*.example.com`; `nil` if it is neither.
    package init?(_ text: String) {
        if text.utf8.starts(with: "*.".utf8) {
            guard let domain = Host(String(text.dropFirst(2))) else { return nil }
            self = .wildcard(domain)
        } else {
            guard let host = Host(text) else { return nil }
            self = .exact(host)
        }
    }

    /// Whether the pattern covers a host.
    package func matches(_ host: Host) -> Bool {
        switch self {
        case .exact(let exact): exact == host
        case .wildcard(let domain): host.bytes.domainBelowFirstLabel == domain.bytes[...]
        }
    }

    package var description: String {
        switch self {
        case .exact(let host): host.description
        case .wildcard(let domain): "*.\(domain)"
        }
    }
}

extension [UInt8] {
    /// The octets after the first dot; `nil` without a dot.
    var domainBelowFirstLabel: ArraySlice<UInt8>? {
        firstIndex(of: UInt8(ascii: ".")).map { self[($0 + 1)...] }
    }
}
