package import GatehouseCore
internal import HTTPTypes

/// Signing in without a form: a header in which a proxy in front of the portal names somebody it has checked itself.
package struct RemoteSignIn: Sendable {
    /// Lower case.
    let header: String
    let peers: TrustedProxies
    /// Finds the person, or makes one.
    let identity: @Sendable (UTF8Text) async throws(BackendError) -> Identity?

    /// - Parameters:
    ///   - header: the name of the header.
    ///   - peers: whose word counts, besides those at the other end of a Unix socket.
    ///   - identity: who stands behind a name; `nil` for nobody.
    package init(
        header: String, peers: TrustedProxies,
        identity: @escaping @Sendable (UTF8Text) async throws(BackendError) -> Identity?
    ) {
        self.header = header
        self.peers = peers
        self.identity = identity
    }

    /// The name that a trusted peer gives; `nil` if nobody is named, or if it is not clear who.
    func name(in request: PortalRequest) -> UTF8Text? {
        guard request.context.isOne(of: peers), let field = HTTPField.Name(header),
            let octets = request.single(field), let name = UTF8Text(validating: octets), !name.isEmpty,
            octets.count <= Credentials.maxNameLength
        else { return nil }
        return name
    }
}
