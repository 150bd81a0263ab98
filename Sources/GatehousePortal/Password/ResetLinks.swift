internal import GatehouseCore
internal import GatehouseSessions
internal import GatehouseThrottle

/// Sends links for a new password to people who ask for one.
struct ResetLinks: Sendable {
    let settings: PortalSettings
    let passwords: PeoplePasswords
    let resets: SecretRecords
    let throttle: Throttle
    let mails: PersonalMails
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// Sends a link to everybody whom a typed name or address means; nobody learns whether there is somebody.
    func send(
        to name: UTF8Text, returningTo destination: Destination?, _ request: PortalRequest
    ) async throws(PortalError) {
        guard
            try await isAdmitted({ () async throws(StoreError) in
                try await throttle.admitMail(to: name, from: request.client, now: clock())
            })
        else { return audit.resetThrottled(name, request) }
        let accounts: [PasswordAccount]
        do { accounts = try await passwords.meant(name) } catch { throw .people(error) }
        var count = 0
        var isHeld = false
        for account in accounts where account.isActive && account.hasPassword && !account.email.isEmpty {
            // By a name and by an address it is the same person's three.
            let person = UserReference(backend: passwords.backend, id: account.id)
            guard
                try await isAdmitted({ () async throws(StoreError) in
                    try await throttle.admitMail(to: person, now: clock())
                })
            else {
                isHeld = true
                continue
            }
            if mails.tellLink(try await link(for: account, destination), account) { count += 1 }
        }
        if count == 0, isHeld { return audit.resetThrottled(name, request) }
        audit.resetAsked(name, mails: count, request)
    }

    private func isAdmitted(_ ask: () async throws(StoreError) -> Bool) async throws(PortalError) -> Bool {
        do { return try await ask() } catch { throw .store(error) }
    }

    private func link(
        for account: PasswordAccount, _ destination: Destination?
    ) async throws(PortalError) -> String {
        do {
            return try await settings.resetLink(
                for: account, backend: passwords.backend, in: resets, destination: destination?.address, now: clock())
        } catch {
            throw .sessions(error)
        }
    }
}
