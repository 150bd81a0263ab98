internal import GatehouseCore

/// The address of something that is asked over HTTP.
struct ServerURL {
    let isSecure: Bool
    /// Whether what is sent there stays on this machine.
    let isThisMachine: Bool

    /// `nil` for what is no such address: another scheme, a name of a user, a fragment, characters that need escaping.
    init?(_ text: String) {
        let bytes = Array(text.utf8)
        guard bytes.allSatisfy({ $0 > 0x20 && $0 < 0x7F && !"\"<>\\^`{|}#".utf8.contains($0) }),
            let (scheme, start) = Origin.splitScheme(bytes.span)
        else { return nil }
        let end = bytes[start...].firstIndex { "/?".utf8.contains($0) } ?? bytes.count
        guard !bytes[start..<end].contains(UInt8(ascii: "@")), let server = ServerAuthority(Array(bytes[start..<end]))
        else { return nil }
        isSecure = scheme == .https
        isThisMachine = server.isThisMachine
    }
}
