internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOIDC

/// What the cookies of browsers say about who signed in with them before.
struct KnownDevices: Sendable {
    let key: TagKey
    /// What a typed name stands for: a device is known for the people who signed in with it.
    let names: UserNameRules

    /// The browser's id if somebody of the name signed in with it, and with the password that the account has now.
    func id(of request: PortalRequest, for name: UTF8Text, among backends: BackendChain) async -> Octets16? {
        // Only what was made here leads to a look at the account.
        guard let device = request.cookies.device, knew(request, name) else { return nil }
        let exact = names.distinct(name)
        return await backends.first(inCredentialsOf: name) { device.id(for: exact, $0, key) }
    }

    /// Whether somebody of the name signed in with the browser before, with whatever password.
    func knew(_ request: PortalRequest, _ name: UTF8Text) -> Bool {
        request.cookies.device?.knows(names.distinct(name), key) == true
    }

    /// The device after somebody signed in with it, by a provider or otherwise, and whether they did so before with this
    /// password.
    func remembered(
        _ request: PortalRequest, _ identity: Identity, name: UTF8Text, by provider: ProviderName? = nil
    ) -> (cookie: DeviceCookie?, isNew: Bool) {
        let name = names.distinct(name)
        let device = request.cookies.device
        let credentials = [identity.credential] + (identity.formerCredential.map { [$0] } ?? [])
        let isNew = device?.id(for: name, credentials, key) == nil
        let seen = (device ?? DeviceCookie())?.without(.signedOut, key).remembering(name, identity.credential, key)
        return (provider.map { seen?.marking(.provider($0), key) } ?? seen, isNew)
    }

    // MARK: - Providers

    /// The one of some providers by which somebody signed in with the browser last; `nil` if nobody did.
    func lastProvider(_ request: PortalRequest, of names: [ProviderName]) -> ProviderName? {
        let marks = names.map { DeviceCookie.Mark.provider($0) }
        guard case .provider(let name)? = request.cookies.device?.last(of: marks, key) else { return nil }
        return name
    }

    /// Whether the last thing that was done with the browser was to sign out.
    func isSignedOut(_ request: PortalRequest) -> Bool { request.cookies.device?.last(of: [.signedOut], key) != nil }

    /// The device after somebody signed out with it.
    func signedOut(_ request: PortalRequest) -> DeviceCookie? {
        (request.cookies.device ?? DeviceCookie())?.marking(.signedOut, key)
    }
}
