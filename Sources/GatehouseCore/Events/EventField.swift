/// A member of an event's line: its raw value is the key in the log and in the audit file.
package enum EventField: String, Sendable, CaseIterable {
    // MARK: Of the line itself

    case event
    case time
    case by
    case traceID = "trace_id"

    // MARK: Whom it concerns

    case user
    case userID = "user_id"
    case userIDs = "user_ids"
    case backend
    case nameOctets = "name_octets"
    case nameID = "name_id"
    case group
    case permission
    case was
    case issuer

    // MARK: The request

    case request
    case client
    case peer
    case path
    case method
    case host
    case form
    case origin

    // MARK: What happened

    case reason
    case provider
    case purpose
    case providerSubject = "provider_subject"
    case result
    case limit
    case session
    case id
    case sessionsEnded = "sessions_ended"
    case remembered
    case newDevice = "new_device"
    case mails
    case subject
    case application
    case rule
    case count
    case granted
    case revoked
    case groupsAdded = "groups_added"
    case groupsRemoved = "groups_removed"
    case members
    case joined
    case left
    case unchanged
    case people
    case groups
    case address

    // MARK: For whoever runs the daemon

    case config
    case during
    case error
    case milliseconds
    case floor
}

/// Who is shown a field of an event.
package struct EventReaders: OptionSet, Sendable {
    package let rawValue: UInt8
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Whoever reads the daemon's log.
    package static let log = EventReaders(rawValue: 1)
    /// Whoever reads the file `log.audit`.
    package static let audit = EventReaders(rawValue: 2)
    /// Administrators, on pages about what happened to a person.
    package static let history = EventReaders(rawValue: 4)

    package static let operators: EventReaders = [.log, .audit]
    package static let everyone: EventReaders = [.log, .audit, .history]
}

extension EventField {
    /// Who is shown the field.
    ///
    /// Administrators see what happened to people, but nothing of a name that failed (people type passwords into that field) and
    /// nothing of the machines.
    package var readers: EventReaders {
        switch self {
        // Only the command line writes it, which has no log.
        case .by: [.audit, .history]
        case .traceID, .nameOctets, .nameID, .request, .peer, .config, .during, .error, .milliseconds, .floor:
            .operators
        default: .everyone
        }
    }

    /// What the field says, as the documentation puts it.
    package var meaning: String {
        switch self {
        case .event: "the event's name"
        case .time: "when, in UTC"
        case .by: "who did it on the command line, as `uid N`"
        case .traceID: "the trace that the request is part of, by its `traceparent`"
        case .user: "the name they sign in with"
        case .userID: "the person's id in the backend"
        case .userIDs: "the ids of everybody of that name"
        case .backend: "the backend that knows the person"
        case .nameOctets: "how long the name was that was typed"
        case .nameID: "the same for the same name, in place of it"
        case .group: "the group"
        case .permission: "the permission"
        case .was: "what it was called before"
        case .issuer: "who the provider says it is"
        case .request: "the request's id, as on pages about errors"
        case .client: "the client's address"
        case .peer: "who connected, usually the proxy"
        case .path: "the path that was asked for"
        case .method: "the method of the request"
        case .host: "the host that was asked for"
        case .form: "which form was sent"
        case .origin: "the origin of the page that it came from"
        case .reason: "why"
        case .provider: "the provider of third-party sign-in"
        case .purpose: "what for: `sign-in`, `link` or `step-up`"
        case .providerSubject: "the person's id at the provider"
        case .result: "what became of it, in a word"
        case .limit: "which limit was reached: `name`, `address`, `device` …"
        case .session: "the first eight characters of the session's id"
        case .id: "the session's id"
        case .sessionsEnded: "how many sessions ended"
        case .remembered: "whether the person asked to stay signed in"
        case .newDevice: "whether nobody of that name signed in with the browser before"
        case .mails: "how many mails were sent"
        case .subject: "the subject of the mail"
        case .application: "the application, or `-`"
        case .rule: "the number of the rule, or `-`"
        case .count: "how many it were"
        case .granted: "permissions that were given"
        case .revoked: "permissions that were taken"
        case .groupsAdded: "groups that were joined"
        case .groupsRemoved: "groups that were left"
        case .members: "how many members the group has"
        case .joined: "how many people joined"
        case .left: "how many people left"
        case .unchanged: "whom nothing changed for"
        case .people: "how many people had it"
        case .groups: "how many groups had it"
        case .address: "the address or block of addresses"
        case .config: "the line of the configuration to look at"
        case .during: "what was going on"
        case .error: "what went wrong"
        case .milliseconds: "how long it took"
        case .floor: "how long it should have taken, in milliseconds"
        }
    }
}
