/// A sign-in that is still going on: the server-side record behind a cookie.
package struct Session: Equatable, Sendable {
    package let user: UserReference
    package let signedInAt: Timestamp
    /// When the session was last seen in use, exact to a tenth of its idle limit.
    package var lastSeen: Timestamp
    package let limits: SessionLimits
    /// Whether the person asked to be remembered: a longer, less assured session.
    package let isRemembered: Bool
    /// The user's epoch at sign-in; a session of an older epoch has ended.
    package let epoch: UInt64
    /// When the person proved who they are, where somebody else asked them to; `nil` for the moment of the sign-in.
    package let provenAt: Timestamp?

    package init(
        user: UserReference, signedInAt: Timestamp, lastSeen: Timestamp, limits: SessionLimits, isRemembered: Bool,
        epoch: UInt64, provenAt: Timestamp? = nil
    ) {
        self.user = user
        self.signedInAt = signedInAt
        self.lastSeen = lastSeen
        self.limits = limits
        self.isRemembered = isRemembered
        self.epoch = epoch
        self.provenAt = provenAt
    }

    /// When the person last proved who they are: what "signed in within" is about.
    package var lastProof: Timestamp { provenAt ?? signedInAt }

    /// The absolute end, whatever is done with the session.
    package var endsAt: Timestamp { signedInAt.advanced(by: limits.absolute) }

    /// The earlier of the absolute end and the end of idleness.
    package var expiresAt: Timestamp { min(endsAt, lastSeen.advanced(by: limits.idle)) }

    /// How far the clocks of two instances may lie apart.
    package static let clockTolerance = Duration.seconds(60)

    /// The session is over also before this moment: then the clock that tells it was set back, or differs from that of the
    /// instance where the session was used, and nobody knows how long ago that was.
    package var validFrom: Timestamp { max(signedInAt, lastSeen).advanced(by: .zero - Session.clockTolerance) }

    /// Whether the session is over by our own clock, whatever the store's expiry says; one that was last used in the future is.
    package func isExpired(at now: Timestamp) -> Bool { now >= expiresAt || now < validFrom }

    /// Whether `lastSeen` is old enough to be written again: at most ten writes per idle limit.
    package func mayRenew(at now: Timestamp) -> Bool { now >= renewsAt }

    /// When `lastSeen` may be written again.
    package var renewsAt: Timestamp { lastSeen.advanced(by: limits.idle / 10) }
}

/// How long a session lasts.
package struct SessionLimits: Equatable, Sendable {
    /// Without any request.
    package let idle: Duration
    /// In all.
    package let absolute: Duration

    package init(idle: Duration, absolute: Duration) {
        self.idle = idle
        self.absolute = absolute
    }

    /// The same, but no longer than a given time in all.
    package func within(_ longest: Duration?) -> SessionLimits {
        guard let longest, longest < absolute else { return self }
        return SessionLimits(idle: min(idle, longest), absolute: longest)
    }

    /// One hour idle, 24 hours in all (NIST SP 800-63B-4, section 2.2.3).
    package static let standard = SessionLimits(idle: .seconds(3_600), absolute: .seconds(86_400))
    /// "Remember me": 14 days idle, 30 days in all.
    package static let remembered = SessionLimits(idle: .seconds(14 * 86_400), absolute: .seconds(30 * 86_400))
}

/// A session that is alive, together with who it belongs to.
package struct SignedIn: Equatable, Sendable {
    package let session: Session
    package let identity: Identity
    /// When the backend was last asked about the person.
    package let identityReadAt: Timestamp

    package init(session: Session, identity: Identity, identityReadAt: Timestamp) {
        self.session = session
        self.identity = identity
        self.identityReadAt = identityReadAt
    }
}
