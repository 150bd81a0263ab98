internal import GatehouseAssembly
internal import GatehouseConfig
internal import GatehouseCore
internal import GatehouseMail
internal import GatehousePeople
internal import GatehousePortal
internal import GatehouseSessions
internal import GatehouseTerminal
internal import Logging
internal import ServiceLifecycle

/// What the daemon has where people sign in at providers; nothing of it otherwise.
struct DaemonProviders {
    /// Signing in there, for the portal.
    let federation: Federation?
    /// Asks providers again about people who signed in there.
    let rechecks: ProviderRechecks?
    /// Keeps what they say of themselves at hand.
    let service: (any Service)?

    /// - Throws: `Failure.usage` if providers cannot be reached from here, or if the database has no place for their people.
    init(
        _ configuration: Configuration, people: People, backends: BackendChain, sessions: SessionParts,
        outbox: Outbox?, metrics: DaemonMetrics, logger: Logger
    ) throws {
        guard !configuration.providers.isEmpty else {
            (federation, rechecks, service) = (nil, nil, nil)
            return
        }
        let mail = configuration.mail.flatMap { table in outbox.map { $0.portalMail(table) } }
        let mails = IdentityMails(settings: try configuration.portalSettings(), mail: mail)
        guard
            let accounts = people.external(
                backends, sessions.keeper, takesPasswords: configuration.portal.takesPasswords, mails: mails,
                logger: logger)
        else {
            throw Failure.usage(
                "provider: the database's tables are a site's own (database.managed = false), and have no place for people of providers"
            )
        }
        let running = try ProvidersService(configuration, metrics: metrics, logger: logger)
        federation = Federation(
            gates: running.clients, accounts: accounts, sessions: ProviderSessions(sessions.keeper),
            starts: SingleUseStore(.provider, in: sessions.store, secrets: sessions.secrets),
            messages: SingleUseStore(.providerMessage, in: sessions.store, secrets: sessions.secrets),
            takesPasswords: configuration.portal.takesPasswords)
        let rechecks = ProviderRechecks(
            gates: running.clients, people: accounts, keeper: sessions.keeper, logger: logger, now: WallClock.now)
        self.rechecks = rechecks.areWanted ? rechecks : nil
        service = running
    }
}
