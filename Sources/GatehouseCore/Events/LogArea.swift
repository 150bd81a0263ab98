/// A part of the program whose lines in the log may have a level of their own: a key of `[log.levels]`.
package enum LogArea: String, Sendable, CaseIterable {
    case checks
    case portal
    case people
    case backends
    case store
    case mail
    case listeners
    case daemon

    /// What its lines are about, as the documentation puts it.
    package var meaning: String {
        switch self {
        case .checks: "requests of proxies, and what was decided"
        case .portal: "sign-ins, passwords, sessions and pages"
        case .people: "people, groups and permissions"
        case .backends: "where people are looked up"
        case .store: "Redis, or the file of sessions"
        case .mail: "mails and the server for them"
        case .listeners: "addresses that are listened on"
        case .daemon: "starting, stopping and everything else"
        }
    }
}

extension EventName {
    /// Whose lines tell of it.
    package var area: LogArea {
        switch self {
        case .signedIn, .signInFailed, .signInThrottled, .signInBusy, .signInSlow, .signInCookieLost, .signedOut,
            .sessionEnded, .passwordChanged, .passwordRequired, .passwordChangeFailed, .passwordChangeThrottled,
            .passwordChangeBusy, .newPasswordThrottled, .resetAsked, .resetThrottled, .resetMade, .resetUsed,
            .administratorMade, .formRefused, .unavailable, .providerMessageRefused:
            .portal
        case .checkDenied: .checks
        case .userMade, .userChanged, .userRenamed, .userRemoved, .groupMade, .groupChanged, .groupRenamed,
            .groupRemoved, .permissionMade, .permissionChanged, .permissionRemoved, .throttleCleared, .identityLinked,
            .identityUnlinked:
            .people
        case .mailLost: .mail
        case .passwordUnusable, .backendProblem, .backendGroupUnmatched: .backends
        case .logDropped: .daemon
        }
    }
}
