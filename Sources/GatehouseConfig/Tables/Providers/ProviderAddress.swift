internal import GatehouseCore

/// What an address of a provider may be: https, or http on this machine, without a user and without a fragment.
enum ProviderAddress {
    /// The text itself; `nil` after reporting what is wrong with it.
    static func checked(
        _ text: Found<String>, _ log: ProblemLog, example: String, takesQuery: Bool = false
    ) -> String? {
        if let stem = withoutDiscovery(text.value) {
            log.add(
                text,
                "must be the issuer, not the address of its metadata: write \(Shown.text(stem)), or what \"issuer\" is there"
            )
            return nil
        }
        guard let (isSecure, isLocal) = server(text.value, takesQuery: takesQuery) else {
            log.add(
                text,
                "must be an address like \"\(example)\", without a user, \(takesQuery ? "" : "a query ")or a fragment, is "
                    + text.seen)
            return nil
        }
        guard isSecure || isLocal else {
            log.add(
                text,
                "must start with https://: over http anybody on the way could say who signs in; http is only for localhost and "
                    + "127.0.0.0/8, is \(text.seen)")
            return nil
        }
        return text.value
    }

    /// An address without the slash at its end, to which something is appended.
    static func stem(_ text: String) -> String {
        text.utf8.last == UInt8(ascii: "/") ? String(decoding: Array(text.utf8.dropLast()), as: UTF8.self) : text
    }

    private static func withoutDiscovery(_ text: String) -> String? {
        let mark = Array("/.well-known/openid-configuration".utf8)
        let bytes = Array(text.utf8)
        guard bytes.count > mark.count, bytes.suffix(mark.count).elementsEqual(mark) else { return nil }
        return String(decoding: bytes.dropLast(mark.count), as: UTF8.self)
    }

    /// Whether the connection is encrypted, and whether it stays on this machine; `nil` for what is no such address.
    private static func server(_ text: String, takesQuery: Bool) -> (isSecure: Bool, isLocal: Bool)? {
        let bytes = Array(text.utf8)
        guard bytes.count <= 512, bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}#".utf8.contains($0) }),
            takesQuery || !bytes.contains(UInt8(ascii: "?")), let (scheme, start) = Origin.splitScheme(bytes.span)
        else { return nil }
        let end = bytes[start...].firstIndex { "/?".utf8.contains($0) } ?? bytes.count
        guard !bytes[start..<end].contains(UInt8(ascii: "@")), let server = ServerAuthority(Array(bytes[start..<end]))
        else { return nil }
        return (scheme == .https, server.isThisMachine)
    }
}
