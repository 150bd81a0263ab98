package import GatehouseCore
package import GatehouseCrypto
package import GatehouseSessions
package import GatehouseThrottle

// Wide: one value for each part that the portal is put together of.
/// Everything that the portal works with, and whoever starts it puts together.
package struct PortalServices: Sendable {
    package var keeper: SessionKeeper
    package var backends: BackendChain
    package var throttle: Throttle
    let secrets: PasswordSecrets
    package var csrfKey: CSRFKey
    let devices: KnownDevices
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
    /// Signing in at providers; `nil` if there are none.
    package var federation: Federation?
    /// Whether what people do can be written down, where it has to be; nobody signs in or changes anything otherwise.
    package var isRecording: @Sendable () -> Bool = { true }

    package init(
        keeper: SessionKeeper, backends: BackendChain, throttle: Throttle, pending: SecretRecords,
        resets: SecretRecords, csrfKey: CSRFKey, deviceKey: TagKey, names: UserNameRules
    ) {
        self.keeper = keeper
        self.backends = backends
        self.throttle = throttle
        secrets = PasswordSecrets(pending: pending, resets: resets)
        self.csrfKey = csrfKey
        devices = KnownDevices(key: deviceKey, names: names)
    }
}

/// What stands behind the secrets of people who choose a new password without the old one.
struct PasswordSecrets: Sendable {
    /// Sign-ins that wait for a new password.
    let pending: SecretRecords
    /// Links for new passwords.
    let resets: SecretRecords
}
