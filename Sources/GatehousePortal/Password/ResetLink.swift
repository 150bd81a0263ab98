package import GatehouseCore
package import GatehouseSessions

extension PortalSettings {
    /// Makes a link by which the owner of an account chooses a new password: once, and as long as the account stays as it is.
    ///
    /// `destination` is where the owner wanted to go when asking for it.
    package func resetLink(
        for account: PasswordAccount, backend: BackendName, in records: SecretRecords,
        destination: ReturnAddress? = nil, now: Timestamp
    ) async throws(SessionError) -> String {
        let content = SecretContent(
            user: UserReference(backend: backend, id: account.id), name: account.name,
            state: try account.linkDigest, destination: UTF8Text(destination?.text ?? ""),
            endsAt: now.advanced(by: resetLifetime))
        let secret = try await records.make(content, now: now)
        return Link(.reset, of: address, isAbsolute: true, secret: secret).text
    }
}
