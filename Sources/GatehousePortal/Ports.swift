internal import GatehouseCore

/// What the flows share, made of the portal's services.
final class Ports: Sendable {
    let settings: PortalSettings
    let services: PortalServices
    let clock: @Sendable () -> Timestamp
    let audit: AuditLog
    let gate: FormGate
    let destinations: Destinations
    let sessions: BrowserSessions
    let outages: Outages
    let floor: FailureFloor

    init(
        settings: PortalSettings, services: PortalServices, clock: @escaping @Sendable () -> Timestamp,
        audit: AuditLog, pause: @escaping @Sendable (Duration) async -> Void
    ) {
        self.settings = settings
        self.services = services
        self.clock = clock
        self.audit = audit
        gate = FormGate(
            settings: settings, token: FormToken(key: services.csrfKey), audit: audit)
        destinations = Destinations(settings: settings, longPlaces: services.longPlaces, clock: clock)
        sessions = BrowserSessions(
            settings: settings, keeper: services.keeper, backends: services.backends, audit: audit, clock: clock)
        outages = Outages(settings: settings, audit: audit)
        floor = FailureFloor(least: settings.failureFloor, pause: pause, audit: audit)
    }

    /// Whether links for a new password are sent on request.
    var offersReset: Bool { services.mail != nil && services.passwords != nil }

    var mails: PersonalMails { PersonalMails(settings: settings, mail: services.mail) }

    var check: CredentialCheck {
        CredentialCheck(
            backends: services.backends, providerPeople: services.federation?.accounts, throttle: services.throttle,
            devices: services.devices, floor: floor, clock: clock, audit: audit)
    }

    // MARK: - Signing in

    var starts: SessionStart {
        SessionStart(
            keeper: services.keeper, sessions: sessions, federation: services.federation?.sessions, audit: audit,
            clock: clock)
    }

    var steps: SignInSteps {
        SignInSteps(
            backends: services.backends, passwords: services.passwords, pending: services.secrets.pending,
            sessions: sessions, starts: starts, clock: clock)
    }

    var welcome: Welcome {
        Welcome(
            settings: settings, keeper: services.keeper, sessions: sessions, devices: services.devices, mails: mails,
            audit: audit)
    }

    var signedIn: SignedInOnly { SignedInOnly(settings: settings, sessions: sessions, outages: outages) }

    var signInForm: SignInForm {
        SignInForm(
            settings: settings, token: gate.token, destinations: destinations, offersReset: offersReset,
            federation: services.federation, devices: services.devices)
    }

    var losses: LostSignIns {
        LostSignIns(settings: settings, keeper: services.keeper, audit: audit)
    }

    // MARK: - New passwords

    var newPasswords: NewPasswords {
        NewPasswords(
            settings: settings, passwords: services.passwords, throttle: services.throttle, gate: gate,
            destinations: destinations, audit: audit, clock: clock)
    }

    var changedPasswords: ChangedPasswords {
        ChangedPasswords(
            settings: settings, passwords: services.passwords, keeper: services.keeper, devices: services.devices,
            mails: mails, audit: audit, clock: clock)
    }
}
