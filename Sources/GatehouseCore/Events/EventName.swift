/// The name of something that happened and that the operator can look up: in the log, in the audit file, in metrics.
///
/// This is the only place where such a name is spelled. Log alerts and the queries of operators compare the raw values, so one
/// that was released is never changed. What belongs to an event besides its name stands in its `definition`.
package enum EventName: String, Sendable, CaseIterable {
    // MARK: Signing in and out

    case signedIn = "sign-in.ok"
    case signInFailed = "sign-in.failed"
    case signInThrottled = "sign-in.throttled"
    case signInBusy = "sign-in.busy"
    case signInSlow = "sign-in.slow"
    case signInCookieLost = "sign-in.cookie-lost"
    case signedOut = "sign-out"
    case providerMessageRefused = "provider.message-refused"
    case sessionEnded = "session.ended"

    // MARK: Passwords

    case passwordChanged = "password.changed"
    case passwordRequired = "password.required"
    case passwordUnusable = "password.unusable"
    case passwordChangeFailed = "password-change.failed"
    case passwordChangeThrottled = "password-change.throttled"
    case passwordChangeBusy = "password-change.busy"
    case newPasswordThrottled = "new-password.throttled"
    case resetAsked = "reset.asked"
    case resetThrottled = "reset.throttled"
    case resetMade = "reset.made"
    case resetUsed = "reset.used"

    // MARK: Pages and checks

    case administratorMade = "setup.ok"
    case formRefused = "csrf.refused"
    case unavailable = "unavailable"
    case checkDenied = "check.denied"

    // MARK: People, groups and permissions

    case userMade = "user.made"
    case userChanged = "user.changed"
    case userRenamed = "user.renamed"
    case userRemoved = "user.removed"
    case groupMade = "group.made"
    case groupChanged = "group.changed"
    case groupRenamed = "group.renamed"
    case groupRemoved = "group.removed"
    case permissionMade = "permission.made"
    case permissionChanged = "permission.changed"
    case permissionRemoved = "permission.removed"
    case throttleCleared = "throttle.cleared"
    case identityLinked = "identity.linked"
    case identityUnlinked = "identity.unlinked"

    // MARK: The daemon's own affairs

    case mailLost = "mail.lost"
    case backendProblem = "backend.problem"
    case backendGroupUnmatched = "backend.group-unmatched"
    case logDropped = "log.dropped"
}
