package import GatehouseCore

/// A Redis server or the Sentinels that know it, and as whom to speak to it.
package struct RedisLocation: Sendable {
    package enum Place: Equatable, Sendable {
        case server(ServerAddress)
        /// At least one Sentinel, and what they call the master.
        case sentinels([ServerAddress], master: String)
    }

    package let place: Place
    /// The ACL user; `nil` is Redis' `default` user.
    package internal(set) var username: String?
    package internal(set) var password: SecretOctets?
    /// Whether the password has a key of its own, and does not stand in the address.
    package internal(set) var isPasswordApart = false
    /// The ACL user of the Sentinels themselves; `nil` is their `default` user.
    package internal(set) var sentinelUsername: String?
    package internal(set) var sentinelPassword: SecretOctets?
    /// The number of the logical database.
    package let database: Int

    /// Why a text is no address of a store, in words for the operator; never with the text itself.
    struct Invalid: Error {
        let reason: String
    }

    private static let forms =
        "\"redis://[user:password@]host[:port][/db]\", \"redis+unix:///path[?db=0]\", "
        + "\"redis+sentinel://[user:password@]host[:port],host[:port]/master[/db]\" or \"sqlite:gatehouse.db\""
    private static let later = ["rediss:", "redis+cluster:"]
    /// More than anybody has, and few enough to be asked in turn.
    private static let maxSentinels = 16

    /// Takes `redis://[user:password@]host[:port][/db]`, `redis+unix:///path[?db=0]` or
    /// `redis+sentinel://[user:password@]host[:port],host[:port]/master[/db]`.
    init(_ text: String) throws(Invalid) {
        let bytes = Array(text.utf8)
        for scheme in RedisLocation.later where bytes.starts(with: scheme.utf8) {
            throw Invalid(reason: "\(scheme) is not supported yet; must be \(RedisLocation.forms)")
        }
        let wrong = Invalid(reason: "must be \(RedisLocation.forms)")
        guard !bytes.contains(where: { $0 <= 0x20 || $0 == 0x7F }) else { throw wrong }
        if bytes.starts(with: "redis+unix://".utf8) {
            let rest = bytes[13...]
            let question = rest.firstIndex(of: UInt8(ascii: "?")) ?? rest.endIndex
            guard let path = RedisLocation.decoded(rest[..<question]), path.utf8.first == UInt8(ascii: "/"),
                path.utf8.count <= ListenAddress.maxPathLength
            else { throw wrong }
            place = .server(.unix(path: path))
            let query = rest[question...]
            guard query.isEmpty || query.starts(with: "?db=".utf8) else { throw wrong }
            database = query.isEmpty ? 0 : try RedisLocation.database(query.dropFirst(4))
            return
        }
        let isBySentinel = bytes.starts(with: "redis+sentinel://".utf8)
        guard isBySentinel || bytes.starts(with: "redis://".utf8) else { throw wrong }
        var rest = bytes[(isBySentinel ? 17 : 8)...]
        if let at = rest.lastIndex(of: UInt8(ascii: "@")) {
            let user = rest[..<at]
            guard let colon = user.firstIndex(of: UInt8(ascii: ":")), let name = RedisLocation.decoded(user[..<colon]),
                let password = RedisLocation.decoded(user[(colon + 1)...]), !password.utf8.isEmpty
            else { throw wrong }
            username = name.utf8.isEmpty ? nil : name
            self.password = SecretOctets(Array(password.utf8))
            rest = rest[(at + 1)...]
        }
        let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
        let hosts = rest[..<slash]
        rest = rest[slash...].dropFirst()
        if isBySentinel {
            let slash = rest.firstIndex(of: UInt8(ascii: "/")) ?? rest.endIndex
            place = .sentinels(try RedisLocation.sentinels(hosts), master: try RedisLocation.master(rest[..<slash]))
            rest = rest[slash...].dropFirst()
        } else {
            place = .server(try RedisLocation.address(hosts, port: 6_379))
        }
        database = rest.isEmpty ? 0 : try RedisLocation.database(rest)
    }

    private static func sentinels(_ text: ArraySlice<UInt8>) throws(Invalid) -> [ServerAddress] {
        let hosts = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        guard hosts.count <= maxSentinels else {
            throw Invalid(reason: "must name at most \(maxSentinels) Sentinels")
        }
        var addresses: [ServerAddress] = []
        for host in hosts {
            let address = try address(host, port: 26_379)
            guard !addresses.contains(address) else { throw Invalid(reason: "names \(address) twice") }
            addresses.append(address)
        }
        return addresses
    }

    /// What `sentinel monitor` calls it: Redis takes these characters only.
    private static func master(_ text: ArraySlice<UInt8>) throws(Invalid) -> String {
        guard (1...255).contains(text.count), text.allSatisfy({ ASCII.isAlphanumeric($0) || "._-".utf8.contains($0) })
        else {
            throw Invalid(
                reason: "must have the name of the master after the hosts, like \"redis+sentinel://a,b,c/mymaster\"")
        }
        return String(decoding: text, as: UTF8.self)
    }

    private static func address(_ text: ArraySlice<UInt8>, port standard: UInt16) throws(Invalid) -> ServerAddress {
        let wrong = Invalid(
            reason: "must name a host, and after a colon a port from 1 to 65535 if it is not \(standard)")
        var hostEnd = text.firstIndex(of: UInt8(ascii: ":")) ?? text.endIndex
        var host = text[..<hostEnd]
        if text.first == UInt8(ascii: "[") {
            guard let close = text.firstIndex(of: UInt8(ascii: "]")) else { throw wrong }
            host = text[(text.startIndex + 1)..<close]
            guard host.contains(UInt8(ascii: ":")), IPAddress(parsing: Array(host).span) != nil else { throw wrong }
            hostEnd = close + 1
        } else {
            // Names of containers may have underscores, which no host of HTTP has.
            let isName = host.allSatisfy { ASCII.isAlphanumeric($0) || "._-".utf8.contains($0) }
            guard !host.isEmpty, host.count <= Host.maxLength, isName else { throw wrong }
        }
        let name = String(decoding: host, as: UTF8.self)
        guard hostEnd < text.endIndex else { return .tcp(host: name, port: standard) }
        let digits = Array(text[(hostEnd + 1)...])
        guard text[hostEnd] == UInt8(ascii: ":"), digits.count <= 5,
            let port = ASCII.decimal(digits.span, limit: 65_535),
            port > 0
        else { throw wrong }
        return .tcp(host: name, port: UInt16(port))
    }

    private static func database(_ digits: ArraySlice<UInt8>) throws(Invalid) -> Int {
        guard digits.count <= 4, let number = ASCII.decimal(Array(digits).span, limit: 9_999) else {
            throw Invalid(reason: "must have a database number from 0 to 9999")
        }
        return number
    }

    /// The text behind percent-encoding; `nil` if it is malformed, no UTF-8, or has a zero octet.
    private static func decoded(_ text: ArraySlice<UInt8>) -> String? {
        var bytes: [UInt8] = []
        var index = text.startIndex
        while index < text.endIndex {
            if text[index] == UInt8(ascii: "%") {
                guard let octet = Hexadecimal.octet(behind: index, of: text) else { return nil }
                bytes.append(octet)
                index += 3
            } else {
                bytes.append(text[index])
                index += 1
            }
        }
        guard !bytes.contains(0) else { return nil }
        return String(validating: bytes, as: UTF8.self)
    }

    /// The address with everything before its last `@` left out.
    static func withoutSecrets(_ text: String) -> String {
        let bytes = Array(text.utf8)
        guard let at = bytes.lastIndex(of: UInt8(ascii: "@")) else { return text }
        let scheme = Origin.schemeEnd(bytes) ?? 0
        return String(decoding: bytes[..<min(scheme, at)], as: UTF8.self) + "…"
            + String(decoding: bytes[at...], as: UTF8.self)
    }
}

extension Origin {
    /// Where the text after the first `://` starts.
    fileprivate static func schemeEnd(_ bytes: [UInt8]) -> Int? {
        guard let colon = bytes.firstIndex(of: UInt8(ascii: ":")), bytes[colon...].starts(with: "://".utf8) else {
            return nil
        }
        return colon + 3
    }
}
