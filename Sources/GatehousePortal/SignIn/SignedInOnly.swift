internal import GatehouseCore
internal import GatehouseSessions

/// The door of pages that are for people who are signed in.
struct SignedInOnly: Sendable {
    let settings: PortalSettings
    let sessions: BrowserSessions
    let outages: Outages

    /// An answer for whoever is signed in; everybody else signs in first and comes back to `place`.
    func reply(
        _ request: PortalRequest, returningTo place: Place,
        _ work: (CurrentSession) async throws(PortalError) -> Reply
    ) async -> Reply {
        await outages.answering("account", request) { () async throws(PortalError) in
            let current: CurrentSession?
            do throws(SessionError) { current = try await sessions.current(request) } catch {
                throw .sessions(error)
            }
            guard let current else {
                let place = settings.returnAddress(Array("\(settings.address.prefix)\(place.path)".utf8))
                return Reply(
                    seeOther: Link(
                        .signIn, of: settings.address, returningTo: place.map { Destination($0) }))
            }
            return try await work(current)
        }
    }
}
