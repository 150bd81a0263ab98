package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSessions
package import GatehouseThrottle
internal import HTTPTypes

/// Everything that the portal works with, and whoever starts it puts together.
package struct PortalServices: Sendable {
    package var keeper: SessionKeeper
    package var backends: BackendChain
    package var throttle: Throttle
    /// Sign-ins that wait for a new password.
    package var pending: SecretRecords
    /// Links for new passwords.
    package var resets: SecretRecords
    package var csrfKey: CSRFKey
    package var deviceKey: TagKey
    /// What a typed name stands for: a device is known for the people who signed in with it.
    package let names: UserNameRules
    /// The passwords that can be changed here; `nil` if there are none.
    package var passwords: PeoplePasswords?
    /// Where mails go; `nil` if there are none.
    package var mail: PortalMail?
    /// Names that something in front of the portal vouches for; `nil` if nothing does.
    package var remote: RemoteSignIn?
    /// Places to return to that are too long for an address, by their key; `nil` if none are kept.
    package var longPlaces: (@Sendable (SecretToken, Timestamp) async -> [UInt8]?)?
    /// The page for the first administrator; `nil` unless it is offered.
    package var setup: FirstAdministrator?
    /// Whether what people do can be written down, where it has to be; nobody signs in or changes anything otherwise.
    package var isRecording: @Sendable () -> Bool = { true }

    package init(
        keeper: SessionKeeper, backends: BackendChain, throttle: Throttle, pending: SecretRecords,
        resets: SecretRecords,
        csrfKey: CSRFKey, deviceKey: TagKey, names: UserNameRules
    ) {
        self.keeper = keeper
        self.backends = backends
        self.throttle = throttle
        self.pending = pending
        self.resets = resets
        self.csrfKey = csrfKey
        self.deviceKey = deviceKey
        self.names = names
    }
}

/// The mails that the portal sends.
package struct PortalMail: Sendable {
    /// Hands a mail over and returns at once; `false` if it was not taken.
    ///
    /// Beyond its life it is of no use; `nil` for always.
    let post: @Sendable (_ recipient: UTF8Text, _ subject: String, _ text: String, _ life: Duration?) -> Bool
    /// Whether people are told of a sign-in from a browser that they had not used.
    let tellsOfNewDevices: Bool

    package init(
        tellsOfNewDevices: Bool, post: @escaping @Sendable (UTF8Text, String, String, Duration?) -> Bool
    ) {
        self.tellsOfNewDevices = tellsOfNewDevices
        self.post = post
    }
}

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
