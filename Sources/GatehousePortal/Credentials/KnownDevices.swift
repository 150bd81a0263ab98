internal import GatehouseCore
internal import GatehouseCrypto

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

    /// The device after somebody signed in with it, and whether they did so before with this password.
    func remembered(
        _ request: PortalRequest, _ identity: Identity, name: UTF8Text
    ) -> (cookie: DeviceCookie?, isNew: Bool) {
        let name = names.distinct(name)
        let device = request.cookies.device
        let credentials = [identity.credential] + (identity.formerCredential.map { [$0] } ?? [])
        let isNew = device?.id(for: name, credentials, key) == nil
        return ((device ?? DeviceCookie())?.remembering(name, identity.credential, key), isNew)
    }
}
