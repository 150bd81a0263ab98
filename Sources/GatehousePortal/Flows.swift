// Wide: one handler for each flow.
/// The portal's flows, each with the ports that it works with and no others.
final class Flows: Sendable {
    let signInPage: SignInPageHandler
    let signIn: SignInHandler
    let onward: OnwardHandler
    let requiredPassword: RequiredPasswordHandler
    let ownPassword: OwnPasswordHandler
    let reset: ResetHandler
    let linkPassword: LinkPasswordHandler
    let account: AccountHandler
    let identities: IdentitiesHandler
    let signOut: SignOutHandler
    let setup: SetupHandler
    let standIn: StandInHandler
    /// One for each provider.
    let providers: [ProviderFlow]

    init(_ ports: Ports) {
        signInPage = ports.signInPage
        signIn = ports.signIn
        onward = OnwardHandler(
            settings: ports.settings, sessions: ports.sessions, destinations: ports.destinations, losses: ports.losses)
        requiredPassword = ports.requiredPassword
        ownPassword = ports.ownPassword
        reset = ports.reset
        linkPassword = ports.linkPassword
        account = ports.account
        identities = ports.identities
        signOut = SignOutHandler(
            settings: ports.settings, sessions: ports.sessions, destinations: ports.destinations, gate: ports.gate,
            outages: ports.outages, elsewhere: ports.providerSignOut, audit: ports.audit)
        setup = SetupHandler(
            settings: ports.settings, setup: ports.services.setup, gate: ports.gate, steps: ports.steps,
            welcome: ports.welcome, outages: ports.outages, audit: ports.audit,
            clock: ports.clock)
        standIn = StandInHandler(settings: ports.settings, sessions: ports.sessions)
        providers = ports.providerFlows
    }
}

extension Ports {
    fileprivate var signInPage: SignInPageHandler {
        SignInPageHandler(
            settings: settings, sessions: sessions, destinations: destinations, losses: losses,
            header: HeaderSignIn(
                settings: settings, remote: services.remote, isRecording: services.isRecording, steps: steps,
                welcome: welcome, outages: outages, audit: audit),
            providers: services.federation.map(providerVisits), form: signInForm)
    }

    fileprivate var signIn: SignInHandler {
        SignInHandler(
            settings: settings, sessions: sessions, destinations: destinations, form: signInForm, gate: gate,
            check: check, steps: steps, welcome: welcome, outages: outages, audit: audit)
    }

    fileprivate var requiredPassword: RequiredPasswordHandler {
        RequiredPasswordHandler(
            settings: settings, pending: services.secrets.pending, new: newPasswords, changed: changedPasswords,
            steps: steps, welcome: welcome, destinations: destinations, outages: outages, offersReset: offersReset)
    }

    fileprivate var ownPassword: OwnPasswordHandler {
        OwnPasswordHandler(
            settings: settings, passwords: services.passwords, check: check, gate: gate, signedIn: signedIn,
            changed: changedPasswords, starts: starts, sessions: sessions, outages: outages)
    }

    fileprivate var linkPassword: LinkPasswordHandler {
        LinkPasswordHandler(
            settings: settings, resets: services.secrets.resets, new: newPasswords, changed: changedPasswords,
            throttle: services.throttle, outages: outages, offersReset: offersReset, audit: audit,
            clock: clock)
    }

    fileprivate var reset: ResetHandler {
        ResetHandler(
            settings: settings, links: resetLinks, opened: linkPassword, gate: gate, destinations: destinations,
            floor: floor, outages: outages)
    }

    private var resetLinks: ResetLinks? {
        guard services.mail != nil else { return nil }
        return services.passwords.map { passwords in
            ResetLinks(
                settings: settings, passwords: passwords, resets: services.secrets.resets,
                throttle: services.throttle, mails: mails, audit: audit, clock: clock)
        }
    }

    fileprivate var account: AccountHandler {
        AccountHandler(
            settings: settings, keeper: services.keeper, sessions: sessions, signedIn: signedIn, gate: gate,
            passwords: services.passwords, configurationPath: services.setup?.configurationPath,
            identities: identities, audit: audit, clock: clock)
    }

    fileprivate var identities: IdentitiesHandler {
        IdentitiesHandler(
            settings: settings, identities: services.federation.map(OwnIdentities.init),
            accountBackend: services.passwords?.backend, signedIn: signedIn, gate: gate, links: providerLinks)
    }
}
