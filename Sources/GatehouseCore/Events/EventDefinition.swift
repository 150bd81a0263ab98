/// How much an event matters, by the words that the log uses.
package enum EventLevel: Int, Sendable, Comparable {
    case info
    case notice
    case warning
    case error

    package static func < (one: EventLevel, other: EventLevel) -> Bool { one.rawValue < other.rawValue }
}

/// What is known of an event before it happens.
package struct EventDefinition: Sendable {
    /// The level of its line in the log.
    ///
    /// An occurrence may be raised above it, never lowered.
    package let level: EventLevel
    /// When it happens, as the documentation puts it.
    package let occasion: String
    /// Every field that it may have, besides those of the line itself; not each occurrence has each.
    package let fields: [EventField]

    fileprivate init(_ level: EventLevel, _ occasion: String, _ fields: [EventField]...) {
        self.level = level
        self.occasion = occasion
        self.fields = fields.flatMap(\.self)
    }
}

extension [EventField] {
    /// Somebody who is known.
    fileprivate static let person: [EventField] = [.user, .userID, .backend]
    /// Somebody at a provider.
    fileprivate static let external: [EventField] = [.provider, .issuer, .providerSubject]
    /// A name that was typed, of which nothing but this may be written down.
    fileprivate static let typed: [EventField] = [.nameOctets, .nameID]
    /// What every line about a request of the portal has.
    fileprivate static let request: [EventField] = [.request, .client, .peer, .path]
}

extension EventName {
    // Long: it is a table, and as a `switch` none of its lines can be missing.
    /// The inventory: level, occasion and fields of each event.
    package var definition: EventDefinition {
        switch self {
        case .signedIn:
            .init(.info, "somebody signed in", .person, [.remembered, .newDevice, .session, .provider], .request)
        case .signInFailed:
            .init(
                .notice, "a sign-in was refused: name, password or account, or what a provider said", .typed,
                [.reason, .provider, .purpose, .providerSubject, .error], .request)
        case .signInThrottled:
            .init(
                .notice, "a sign-in came after too many failures, or too many were begun at providers", .typed,
                [.limit, .provider], .request)
        case .signInBusy:
            .init(.warning, "a sign-in was turned away: too many at once", .request)
        case .signInSlow:
            .init(.warning, "a failure took longer than `passwords.failure_floor`", [.milliseconds, .floor])
        case .signInCookieLost:
            .init(.warning, "a browser came back without the new session's cookie", [.reason, .config], .request)
        case .signedOut:
            .init(.info, "somebody signed out", .person, .request)
        case .providerMessageRefused:
            .init(
                .warning, "a provider's message that somebody signed out there was refused",
                [.reason, .provider, .error], .request)
        case .sessionEnded:
            .init(
                .info, "sessions ended otherwise", .person,
                [.reason, .sessionsEnded, .id, .userIDs, .result, .provider], .request)
        case .passwordChanged:
            .init(
                .notice, "a password was changed", .person, [.reason, .sessionsEnded, .result], .request)
        case .passwordRequired:
            .init(.info, "a right password has to be changed first", .person, [.newDevice], .request)
        case .passwordUnusable:
            .init(.error, "a stored hash can match nothing", [.user, .reason])
        case .passwordChangeFailed:
            .init(.notice, "the old password was wrong", .typed, [.reason], .request)
        case .passwordChangeThrottled:
            .init(.notice, "a change of password came after too many failures", .typed, [.limit], .request)
        case .passwordChangeBusy:
            .init(.warning, "a change of password was turned away: too many at once", .request)
        case .newPasswordThrottled:
            .init(.notice, "too many new passwords were tried for one account", .person, .request)
        case .resetAsked:
            .init(.notice, "a link for a new password was asked for", .typed, [.mails], .request)
        case .resetThrottled:
            .init(.notice, "too many links were asked for", .typed, .request)
        case .resetMade:
            .init(.notice, "an operator made a link for a new password", [.user, .userID])
        case .resetUsed:
            .init(.notice, "a link for a new password was used", .person, .request)
        case .administratorMade:
            .init(.notice, "the first administrator was made", .person, .request)
        case .formRefused:
            .init(
                .notice, "a form did not come from the portal's own page", [.reason, .form, .origin, .config], .request)
        case .unavailable:
            .init(.error, "a store, backend or provider gave no answer", [.during, .error, .provider], .request)
        case .checkDenied:
            .init(
                .info, "a check was denied; once a second for each person and rule",
                [.reason, .application, .rule, .user, .method, .host, .path, .count])
        case .userMade: .init(.notice, "a person was made", [.user, .result, .provider])
        case .userChanged:
            .init(
                .notice, "a person was changed",
                [.user, .result, .granted, .revoked, .groupsAdded, .groupsRemoved])
        case .userRenamed: .init(.notice, "a person got another name", [.user, .was, .userID, .result])
        case .userRemoved: .init(.notice, "a person was removed", [.user, .result, .sessionsEnded])
        case .groupMade: .init(.notice, "a group was made", [.group, .result])
        case .groupChanged:
            .init(.notice, "people joined or left a group", [.group, .result, .joined, .left, .unchanged])
        case .groupRenamed: .init(.notice, "a group got another name", [.group, .was, .result, .members])
        case .groupRemoved: .init(.notice, "a group was removed", [.group, .result, .members])
        case .permissionMade: .init(.notice, "a permission was declared", [.permission, .result])
        case .permissionChanged:
            .init(
                .notice, "permissions of a person or group were changed",
                [.user, .group, .result, .members, .granted, .revoked])
        case .permissionRemoved:
            .init(.notice, "a permission was removed", [.permission, .result, .people, .groups])
        case .throttleCleared: .init(.notice, "failures were forgotten", [.user, .address, .result])
        case .identityLinked:
            .init(
                .notice, "an account was linked to somebody at a provider", .person, .external,
                [.reason, .result])
        case .identityUnlinked:
            .init(
                .notice, "an account's link to a provider was taken away, or a name was freed", .person, .external,
                [.reason, .result, .sessionsEnded])
        case .mailLost: .init(.error, "mails were not sent", [.subject, .reason, .count])
        case .backendProblem: .init(.error, "a backend's file cannot be used", [.backend, .reason])
        case .backendGroupUnmatched:
            .init(.warning, "a group of a mapping was nobody's for a day", [.backend, .group])
        case .logDropped: .init(.warning, "lines waited too long and are missing", [.count])
        }
    }
}
