internal import GatehouseCore
internal import GatehouseLogging
internal import GatehouseOIDC
internal import GatehouseSessions
internal import GatehouseThrottle
internal import Logging

/// What the portal writes down about people: one line for each event; never a password, a token, or a name that is not known.
struct AuditLog: Sendable {
    private let logger: Logger
    /// The id of a name's counters, by which lines about an unknown name belong together.
    private let nameID: @Sendable (UTF8Text) -> String?
    let clock: @Sendable () -> Timestamp
    let budget = LineBudget()

    init(
        logger: Logger, clock: @escaping @Sendable () -> Timestamp,
        nameID: @escaping @Sendable (UTF8Text) -> String? = { _ in nil }
    ) {
        self.logger = logger
        self.clock = clock
        self.nameID = nameID
    }

    /// What somebody wanted a password to be checked for.
    enum Action: String, Sendable {
        case signIn = "sign-in"
        case passwordChange = "password-change"

        var name: String { rawValue }

        var failed: EventName {
            switch self {
            case .signIn: .signInFailed
            case .passwordChange: .passwordChangeFailed
            }
        }

        var throttled: EventName {
            switch self {
            case .signIn: .signInThrottled
            case .passwordChange: .passwordChangeThrottled
            }
        }

        var busy: EventName {
            switch self {
            case .signIn: .signInBusy
            case .passwordChange: .passwordChangeBusy
            }
        }
    }

    /// Whom a line is about.
    enum Whom {
        case nobody
        case person(UserReference, UserName)
        /// A name that may be a password that somebody typed into the wrong field: only its length and its id are written.
        case typed(UTF8Text)

        static func person(_ identity: Identity) -> Whom { .person(identity.user, identity.name) }
        static func person(_ content: SecretContent) -> Whom { .person(content.user, content.name) }
    }

    // MARK: - Signing in and out

    func signedIn(
        _ identity: Identity, _ session: SessionID?, isRemembered: Bool, isNewDevice: Bool, _ request: PortalRequest,
        provider: ProviderName? = nil
    ) {
        write(
            .signedIn, "signed in", .person(identity), request,
            [
                (.remembered, "\(isRemembered)"), (.newDevice, "\(isNewDevice)"),
                (.session, .text(session.map { "\($0)" } ?? "")),
            ] + AuditLog.members(provider))
    }

    func signInFailed(
        _ action: Action, _ name: UTF8Text, _ request: PortalRequest, barred: BarredAccount? = nil
    ) {
        write(
            action.failed, "sign-in failed", .typed(name), request,
            barred.map { [(.reason, .text("\($0.reason)"))] } ?? [])
    }

    func throttled(_ action: Action, _ scope: Throttle.Scope, _ name: UTF8Text, _ request: PortalRequest) {
        write(action.throttled, "too many attempts", .typed(name), request, [(.limit, .text(scope.rawValue))])
    }

    /// Too many new passwords of one account were tried.
    func newPasswordThrottled(_ content: SecretContent, _ request: PortalRequest) {
        write(.newPasswordThrottled, "too many new passwords", .person(content), request)
    }

    func busy(_ action: Action, _ request: PortalRequest) {
        write(action.busy, "turned away: too many sign-ins at once", .nobody, request)
    }

    func signedOut(_ identity: Identity?, _ request: PortalRequest) {
        write(.signedOut, "signed out", identity.map { .person($0) } ?? .nobody, request)
    }

    // MARK: - Passwords and sessions

    func passwordChangeRequired(_ identity: Identity, isNewDevice: Bool, _ request: PortalRequest) {
        write(
            .passwordRequired, "a new password is asked for", .person(identity), request,
            [(.newDevice, "\(isNewDevice)")])
    }

    /// The reason is `own`, `required` or `link`.
    ///
    /// `ended` is `nil` if the store could not end the sessions at once.
    func passwordChanged(
        _ user: UserReference, _ name: UserName, _ reason: StaticString, ended: Int?, _ request: PortalRequest
    ) {
        write(
            .passwordChanged, "password changed", .person(user, name), request,
            [(.reason, "\(reason)"), (.sessionsEnded, ended.map { .number($0) } ?? "unknown")])
    }

    func resetAsked(_ name: UTF8Text, mails: Int, _ request: PortalRequest) {
        write(
            .resetAsked, "a link for a new password was asked for", .typed(name), request, [(.mails, .number(mails))])
    }

    func resetThrottled(_ name: UTF8Text, _ request: PortalRequest) {
        write(.resetThrottled, "too many links were asked for", .typed(name), request)
    }

    func resetUsed(_ content: SecretContent, _ request: PortalRequest) {
        write(.resetUsed, "a link for a new password was used", .person(content), request)
    }

    /// The reason is `owner`, `others`, `limit`, or `provider`: somebody signed out there.
    func sessionsEnded(
        _ identity: Identity, _ reason: StaticString, _ count: Int, _ request: PortalRequest,
        provider: ProviderName? = nil
    ) {
        write(
            .sessionEnded, "sessions ended", .person(identity), request,
            [(.reason, "\(reason)"), (.sessionsEnded, .number(count))] + AuditLog.members(provider))
    }

    // MARK: - Everything else

    func administratorMade(_ identity: Identity, _ request: PortalRequest) {
        write(.administratorMade, "first administrator made", .person(identity), request)
    }

    /// The reason is `foreign-page` or `form-token`.
    func crossSiteRefused(_ reason: StaticString, _ route: StaticString, _ request: PortalRequest) {
        write(.formRefused, "form refused", .nobody, request, [(.reason, "\(reason)"), (.form, "\(route)")])
    }

    /// A form came from the portal's host under another scheme or port than its URL says.
    func openedElsewhere(
        _ origin: Origin, _ address: PortalAddress, _ form: StaticString, _ request: PortalRequest
    ) {
        write(
            .formRefused, level: .warning,
            "form refused: the browser opened the portal at another origin than portal.url says", .nobody, request,
            [
                (.reason, "other-origin"), (.form, "\(form)"), (.origin, "\(origin)"),
                (.config, "portal.url = \"\(address)\""),
            ])
    }

    /// Somebody signed in, and the browser came back without the session.
    func cookieLost(_ loss: CookieLoss, _ settings: PortalSettings, _ request: PortalRequest) {
        write(
            .signInCookieLost, "a sign-in was lost: its cookie does not come back", .nobody, request,
            [(.reason, "\(loss.reason)"), (.config, "\(loss.line(settings))")])
    }

    func unavailable(_ what: String, _ error: some Error, _ request: PortalRequest) {
        write(.unavailable, "not available", .nobody, request, [(.during, .text(what)), (.error, "\(error)")])
    }

    /// A failure that took longer than all of them should take can be told from the others.
    func floorExceeded(_ elapsed: Duration, floor: Duration) {
        logger.log(
            Event(
                .signInSlow,
                [
                    (.milliseconds, "\(elapsed.wholeMilliseconds)"), (.floor, "\(floor.wholeMilliseconds)"),
                ]), "a failed sign-in took longer than passwords.failure_floor")
    }

    func write(
        _ name: EventName, level: EventLevel? = nil, _ message: Logger.Message, _ whom: Whom, _ request: PortalRequest,
        _ more: [(field: EventField, value: EventValue)] = []
    ) {
        var members = more
        var subject = EventSubject.nobody
        switch whom {
        case .nobody: break
        case .person(let user, let name):
            subject = .person(user)
            members += [(.user, "\(name)"), (.userID, "\(user.id)"), (.backend, "\(user.backend)")]
        case .typed(let name):
            members.append((.nameOctets, .number(name.bytes.count)))
            if let id = nameID(name) { members.append((.nameID, "\(id)")) }
        }
        logger.log(Event(name, about: subject, level: level, members + AuditLog.members(request)), message)
    }

    /// Without an event: no part of the audit trail.
    func write(
        _ level: Logger.Level, _ message: Logger.Message, _ request: PortalRequest, _ more: Logger.Metadata
    ) {
        var fields = more
        for (field, value) in AuditLog.members(request) { fields[field.rawValue] = "\(value)" }
        logger.log(level: level, message, metadata: fields)
    }

    private static func members(_ provider: ProviderName?) -> [(field: EventField, value: EventValue)] {
        provider.map { [(.provider, "\($0)")] } ?? []
    }

    private static func members(_ request: PortalRequest) -> [(field: EventField, value: EventValue)] {
        var members: [(field: EventField, value: EventValue)] = [
            (.request, "\(request.id)"), (.client, .text(address(request.client))),
            (.path, .text(String(decoding: request.path, as: UTF8.self))),
        ]
        if let peer = request.context.peer { members.append((.peer, "\(peer)")) }
        return members
    }

    static func address(_ client: ClientAddress) -> String {
        switch client {
        case .known(let address): address.description
        case .unknown: "unknown"
        case .malformed: "malformed"
        }
    }
}
