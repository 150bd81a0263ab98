internal import GatehouseCore
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
    }

    // MARK: - Signing in and out

    func signedIn(
        _ identity: Identity, _ session: SessionID?, isRemembered: Bool, isNewDevice: Bool, _ request: PortalRequest
    ) {
        write(
            .info, "signed in", "sign-in.ok", request,
            who(identity).merging([
                "remembered": "\(isRemembered)", "new_device": "\(isNewDevice)", "session": text(session),
            ]) { own, _ in own })
    }

    /// Only the length and the id of a name that failed are written: people type passwords into that field.
    func signInFailed(
        _ action: Action, _ name: UTF8Text, _ request: PortalRequest, barred: BarredAccount? = nil
    ) {
        var fields = typed(name)
        if let barred { fields["reason"] = "\(barred.reason)" }
        write(.notice, "sign-in failed", "\(action.name).failed", request, fields)
    }

    func throttled(_ action: Action, _ scope: Throttle.Scope, _ name: UTF8Text, _ request: PortalRequest) {
        write(
            .notice, "too many attempts", "\(action.name).throttled", request,
            typed(name).merging(["limit": "\(scope.rawValue)"]) { own, _ in own })
    }

    /// Too many new passwords of one account were tried.
    func newPasswordThrottled(_ content: SecretContent, _ request: PortalRequest) {
        write(
            .notice, "too many new passwords", "new-password.throttled", request, who(content.user, content.name))
    }

    func busy(_ action: Action, _ request: PortalRequest) {
        write(.warning, "turned away: too many sign-ins at once", "\(action.name).busy", request)
    }

    func signedOut(_ identity: Identity?, _ request: PortalRequest) {
        write(.info, "signed out", "sign-out", request, identity.map(who) ?? [:])
    }

    // MARK: - Passwords and sessions

    func passwordChangeRequired(_ identity: Identity, isNewDevice: Bool, _ request: PortalRequest) {
        write(
            .info, "a new password is asked for", "password.required", request,
            who(identity).merging(["new_device": "\(isNewDevice)"]) { own, _ in own })
    }

    /// The reason is `own`, `required` or `link`.
    ///
    /// `ended` is `nil` if the store could not end the sessions at once.
    func passwordChanged(
        _ user: UserReference, _ name: UserName, _ reason: StaticString, ended: Int?, _ request: PortalRequest
    ) {
        let sessions = ended.map(String.init) ?? "unknown"
        write(
            .notice, "password changed", "password.changed", request,
            who(user, name).merging(["reason": "\(reason)", "sessions_ended": "\(sessions)"]) { own, _ in own })
    }

    func resetAsked(_ name: UTF8Text, mails: Int, _ request: PortalRequest) {
        write(
            .notice, "a link for a new password was asked for", "reset.asked", request,
            typed(name).merging(["mails": "\(mails)"]) { own, _ in own })
    }

    func resetThrottled(_ name: UTF8Text, _ request: PortalRequest) {
        write(.notice, "too many links were asked for", "reset.throttled", request, typed(name))
    }

    func resetUsed(_ content: SecretContent, _ request: PortalRequest) {
        write(
            .notice, "a link for a new password was used", "reset.used", request,
            who(content.user, content.name))
    }

    /// The reason is `owner`, `others` or `limit`.
    func sessionsEnded(_ identity: Identity, _ reason: StaticString, _ count: Int, _ request: PortalRequest) {
        write(
            .info, "sessions ended", "session.ended", request,
            who(identity).merging(["reason": "\(reason)", "sessions_ended": "\(count)"]) { own, _ in own })
    }

    // MARK: - Everything else

    func administratorMade(_ identity: Identity, _ request: PortalRequest) {
        write(.notice, "first administrator made", "setup.ok", request, who(identity))
    }

    /// The reason is `foreign-page` or `form-token`.
    func crossSiteRefused(_ reason: StaticString, _ route: StaticString, _ request: PortalRequest) {
        write(.notice, "form refused", "csrf.refused", request, ["reason": "\(reason)", "form": "\(route)"])
    }

    /// A form came from the portal's host under another scheme or port than its URL says.
    func openedElsewhere(
        _ origin: Origin, _ address: PortalAddress, _ form: StaticString, _ request: PortalRequest
    ) {
        write(
            .warning, "form refused: the browser opened the portal at another origin than portal.url says",
            "csrf.refused", request,
            [
                "reason": "other-origin", "form": "\(form)", "origin": "\(origin)",
                "config": "portal.url = \"\(address)\"",
            ])
    }

    /// Somebody signed in, and the browser came back without the session.
    func cookieLost(_ loss: CookieLoss, _ settings: PortalSettings, _ request: PortalRequest) {
        write(
            .warning, "a sign-in was lost: its cookie does not come back", "sign-in.cookie-lost", request,
            ["reason": "\(loss.reason)", "config": "\(loss.line(settings))"])
    }

    func unavailable(_ what: String, _ error: some Error, _ request: PortalRequest) {
        write(.error, "not available", "unavailable", request, ["during": "\(what)", "error": "\(error)"])
    }

    /// A failure that took longer than all of them should take can be told from the others.
    func floorExceeded(_ elapsed: Duration, floor: Duration) {
        logger.warning(
            "a failed sign-in took longer than passwords.failure_floor",
            metadata: [
                "event": "sign-in.slow", "milliseconds": "\(elapsed.wholeMilliseconds)",
                "floor": "\(floor.wholeMilliseconds)",
            ])
    }

    private func who(_ identity: Identity) -> Logger.Metadata { who(identity.user, identity.name) }

    private func who(_ user: UserReference, _ name: UserName) -> Logger.Metadata {
        ["user": "\(name)", "user_id": "\(user.id)", "backend": "\(user.backend)"]
    }

    private func typed(_ name: UTF8Text) -> Logger.Metadata {
        var fields: Logger.Metadata = ["name_octets": "\(name.bytes.count)"]
        if let id = nameID(name) { fields["name_id"] = "\(id)" }
        return fields
    }

    private func text(_ session: SessionID?) -> Logger.MetadataValue { session.map { "\($0)" } ?? "" }

    private func write(
        _ level: Logger.Level, _ message: Logger.Message, _ event: String, _ request: PortalRequest,
        _ more: Logger.Metadata = [:]
    ) {
        var fields = more
        fields["event"] = "\(event)"
        write(level, message, request, fields)
    }

    /// Without an event: no part of the audit trail.
    func write(
        _ level: Logger.Level, _ message: Logger.Message, _ request: PortalRequest, _ more: Logger.Metadata
    ) {
        var fields = more
        fields["request"] = "\(request.id)"
        fields["client"] = "\(AuditLog.address(request.client))"
        if let peer = request.context.peer { fields["peer"] = "\(peer)" }
        fields["path"] = "\(String(decoding: request.path, as: UTF8.self))"
        logger.log(level: level, message, metadata: fields)
    }

    static func address(_ client: ClientAddress) -> String {
        switch client {
        case .known(let address): address.description
        case .unknown: "unknown"
        case .malformed: "malformed"
        }
    }
}
