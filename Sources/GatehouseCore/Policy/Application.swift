/// A protected site: hosts and the rules that decide who gets in.
///
/// A class, though it never changes: each check passes it on, which costs one reference count and not one for each field.
package final class Application: Sendable {
    package let name: ApplicationName
    package let hosts: [ApplicationHost]
    /// The scheme that browsers use; `http` only where TLS ends in front or on localhost.
    package let scheme: Scheme
    /// Further origins whose pages may open WebSockets here, beside the application's own hosts.
    package let origins: [Origin]
    /// Whether a CORS preflight passes without a session.
    package let allowsPreflight: Bool
    package let disclosure: Disclosure
    package let rules: [Rule]
    /// Whether a permission counts on each object too; Django says no.
    package let globalImpliesObject: Bool
    /// Whether any rule looks at the path, so that an ambiguous one must be refused.
    package let judgesPaths: Bool
    /// The rules, so that the first one about a request is found without walking all of them.
    let index: RuleIndex

    package init(
        name: ApplicationName, hosts: [ApplicationHost], scheme: Scheme = .https, origins: [Origin] = [],
        allowsPreflight: Bool = false, disclosure: Disclosure = .nothing, globalImpliesObject: Bool = false,
        rules: [Rule]
    ) {
        self.name = name
        self.hosts = hosts
        self.scheme = scheme
        self.origins = origins
        self.allowsPreflight = allowsPreflight
        self.disclosure = disclosure
        self.globalImpliesObject = globalImpliesObject
        self.rules = rules
        judgesPaths = rules.contains { !$0.paths.isEmpty }
        index = RuleIndex(rules)
    }

    /// About how many octets the index of the rules takes.
    package var indexSize: Int { index.size }

    /// The origin under which browsers know this application for a host that it has.
    ///
    /// Scheme and port are those of the configuration: what a proxy says about them is about its own socket, behind which TLS
    /// may have ended or another port been mapped. Of several entries for the host, the one with the port that was written counts.
    package func origin(of authority: Authority) -> Origin {
        let entries = hosts.filter { $0.pattern.matches(authority.host) }
        let written = Origin(scheme: scheme, authority: authority).authority.port
        func port(_ entry: ApplicationHost) -> UInt16? { entry.port == scheme.defaultPort ? nil : entry.port }
        let entry =
            entries.first { port($0) == written } ?? entries.first { $0.pattern == .exact(authority.host) }
            ?? entries.first
        return Origin(scheme: scheme, authority: Authority(host: authority.host, port: entry?.port))
    }

    /// Whether a page of `origin` may open a WebSocket to this application.
    package func accepts(_ origin: Origin) -> Bool {
        origins.contains(origin)
            || hosts.contains { $0.pattern.matches(origin.authority.host) && origin.scheme == scheme }
    }
}

/// One entry of an application's `hosts`: the policy ignores the port, return addresses must match it.
package struct ApplicationHost: Hashable, Sendable, CustomStringConvertible {
    package let pattern: HostPattern
    package let port: UInt16?

    package init(pattern: HostPattern, port: UInt16? = nil) {
        self.pattern = pattern
        self.port = port
    }

    /// Takes `app.example.com`, `app.example.com:8443` or `*.example.com`.
    package init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")) else {
            guard let pattern = HostPattern(text) else { return nil }
            self.init(pattern: pattern)
            return
        }
        guard let pattern = HostPattern(String(decoding: bytes[..<colon], as: UTF8.self)),
            let port = ASCII.decimal(bytes.span.extracting((colon + 1)..<bytes.count), limit: 65_535), port > 0
        else { return nil }
        self.init(pattern: pattern, port: UInt16(port))
    }

    package var description: String { port.map { "\(pattern):\($0)" } ?? pattern.description }
}

/// What the headers of an application may tell about a person's groups and permissions.
package struct Disclosure: Equatable, Sendable {
    package let groups: [NamePattern]
    package let permissions: [NamePattern]

    package static let nothing = Disclosure(groups: [], permissions: [])

    package init(groups: [NamePattern], permissions: [NamePattern]) {
        self.groups = groups
        self.permissions = permissions
    }
}

/// A name, or with a `*` at the end every name that starts in the same way.
package struct NamePattern: Hashable, Sendable {
    package let bytes: [UInt8]
    package let isPrefix: Bool

    package init(_ text: String) {
        isPrefix = text.utf8.last == UInt8(ascii: "*")
        bytes = Array(isPrefix ? text.utf8.dropLast() : text.utf8[...])
    }

    package func matches(_ text: UTF8Text) -> Bool { isPrefix ? text.bytes.starts(with: bytes) : text.bytes == bytes }
}
