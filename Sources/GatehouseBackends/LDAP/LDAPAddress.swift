internal import CLDAP
internal import GatehouseCore
internal import GatehouseCrypto
private import Glibc

/// One server of a directory, as its address names it.
struct LDAPAddress: Sendable {
    let url: String
    /// The host without brackets; empty for this machine.
    let host: String
    let port: String
    /// Whether the connection is encrypted from its beginning.
    let isEncrypted: Bool
    private let isSocket: Bool

    /// `ldaps://HOST[:PORT]`, `ldap://HOST[:PORT]` or `ldapi://…`, whatever stands behind it.
    init(_ url: String) {
        self.url = url
        let bytes = Array(url.utf8)
        let scheme = bytes.prefix { $0 != UInt8(ascii: ":") }
        isEncrypted = Array(scheme).span.equalsIgnoringCase("ldaps")
        isSocket = Array(scheme).span.equalsIgnoringCase("ldapi")
        let authority = bytes.dropFirst(scheme.count + 3).prefix { $0 != UInt8(ascii: "/") }
        let name: ArraySlice<UInt8>
        if authority.first == UInt8(ascii: "[") {
            name = authority.dropFirst().prefix { $0 != UInt8(ascii: "]") }
        } else {
            name = authority.prefix { $0 != UInt8(ascii: ":") }
        }
        host = String(decoding: name, as: UTF8.self)
        let rest = authority.dropFirst(name.count + (authority.first == UInt8(ascii: "[") ? 2 : 0))
        let digits = String(decoding: rest.dropFirst(), as: UTF8.self)
        port = digits.isEmpty ? (isEncrypted ? "636" : "389") : digits
    }

    /// Whether there is a host to find and a port to connect to.
    var isOnNetwork: Bool { !isSocket }

    var isLocalhost: Bool { !isSocket && (host.isEmpty || Array(host.utf8).span.equalsIgnoringCase("localhost")) }

    /// Whether a certificate is for a server of this machine: for "localhost", or for the name that the machine calls itself.
    func isShownBy(_ certificate: [UInt8]) -> Bool {
        guard let certificate = PeerCertificate(der: certificate) else { return false }
        return certificate.isFor("localhost") || LDAPAddress.machine.contains { certificate.isFor($0) }
    }

    /// The machine's name as it is set, and as its addresses are listed.
    private static var machine: [String] {
        var octets = [CChar](repeating: 0, count: 256)
        guard unsafe gethostname(&octets, octets.count - 1) == 0 else { return [] }
        let name = String(decoding: octets.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        var hints = unsafe addrinfo()
        unsafe hints.ai_flags = AI_CANONNAME
        var found: UnsafeMutablePointer<addrinfo>?
        guard unsafe getaddrinfo(name, nil, &hints, &found) == 0, let first = unsafe found else { return [name] }
        defer { unsafe freeaddrinfo(first) }
        return [name] + (unsafe first.pointee.ai_canonname.map { [unsafe String(cString: $0)] } ?? [])
    }

    /// Hands over the server in the form that C takes.
    @unsafe func described<Value>(
        _ settings: LDAPSettings, _ milliseconds: Int, _ body: (inout gatehouse_ldap_server) -> Value
    ) -> Value {
        unsafe url.withCString { url in
            var server = unsafe gatehouse_ldap_server()
            unsafe server.url = url
            unsafe server.starts_tls = settings.startsTLS
            unsafe server.timeout_milliseconds = milliseconds
            guard let file = settings.caFile else { return unsafe body(&server) }
            return unsafe file.withCString { file in
                unsafe server.ca_file = file
                return unsafe body(&server)
            }
        }
    }
}
