internal import NIOCore

/// Whether Redis tells of changes to what was read, as a state machine: news of two connections and the time go in, what is to be
/// said to Redis comes out.
///
/// One connection reads (data), the other one hears of changes (pushes), as RESP2 wants it. Tracking counts as on only when a write
/// of one's own came back as a push: so it is sure that both connections lead to the same server, and that it is this one that is
/// told. From then on both are pinged, and each answer proves that everything Redis had to say *when the ping was sent* has been
/// heard. Nothing is ever held true for longer than `trust` after the older one of those two moments, whether timers ran or not.
struct Tracking {
    enum Side { case data, pushes }

    /// What is to be done.
    enum Step: Equatable {
        case nothing
        /// Ask the push connection for its number, and have it subscribe.
        case subscribe
        /// Have the data connection's reads tracked, told to this number, and read and write the trial key.
        case track(Int64)
        /// Ping both connections.
        case ping
        /// Everything was found out: what is read from now on may be kept.
        case begin
        /// Connect anew to hear of changes: that connection leads elsewhere, or nowhere.
        case reconnectPushes
    }

    /// Why nothing is kept.
    enum Doubt: Equatable {
        case starting
        case noData
        case noPushes
        /// Redis refuses a command.
        case refused(String, RedisErrorCode)
        /// The trial did not come back in time.
        case unproven
    }

    private enum Pushes {
        case down
        /// Its answers have not come.
        case subscribing
        case subscribed(Int64)
    }

    private enum Phase {
        case off
        case trying(since: NIODeadline, isAccepted: Bool, hasComeBack: Bool)
        case on
        case pausing(until: NIODeadline)
    }

    private var isDataUp = false
    private var pushes = Pushes.down
    private var phase = Phase.off
    private var provenData = NIODeadline.uptimeNanoseconds(0)
    private var provenPushes = NIODeadline.uptimeNanoseconds(0)
    private var pingedAt = NIODeadline.uptimeNanoseconds(0)
    /// Why nothing is kept; `nil` while tracking is on.
    private(set) var doubt: Doubt? = .starting

    /// How often both connections are pinged.
    static let pingInterval = TimeAmount.milliseconds(800)
    /// How long an answer to a ping, and to the trial, may take.
    static let deadline = TimeAmount.milliseconds(1_000)
    /// How long what was proven true counts.
    static let trust = TimeAmount.milliseconds(1_800)
    /// After a refusal.
    static let pause = TimeAmount.seconds(30)
    /// After one that may come of two connections that lead to different servers.
    static let shortPause = TimeAmount.seconds(3)

    var isOn: Bool {
        if case .on = phase { true } else { false }
    }

    /// Up to when everything that Redis had to say has been heard; only while tracking is on.
    var provenAt: NIODeadline { min(provenData, provenPushes) }

    /// Whether what was read under tracking is true now, or was 1.8 s ago at the most.
    func isTrusted(_ now: NIODeadline) -> Bool { isOn && now < provenAt + Tracking.trust }

    // MARK: - Connections

    mutating func connected(_ side: Side, _ now: NIODeadline) -> Step {
        switch side {
        case .data:
            isDataUp = true
            return tryIfPossible(now)
        case .pushes:
            pushes = .subscribing
            return .subscribe
        }
    }

    mutating func lost(_ side: Side) {
        switch side {
        case .data: isDataUp = false
        case .pushes: pushes = .down
        }
        // What went wrong before is the better answer to why nothing is kept.
        if isOn { doubt = side == .data ? .noData : .noPushes }
        phase = .off
    }

    // MARK: - Beginning

    /// The push connection said its number, and subscribed.
    mutating func subscribed(as number: Int64, _ now: NIODeadline) -> Step {
        guard case .subscribing = pushes else { return .nothing }
        pushes = .subscribed(number)
        return tryIfPossible(now)
    }

    private mutating func tryIfPossible(_ now: NIODeadline) -> Step {
        guard isDataUp, case .subscribed(let number) = pushes, case .off = phase else { return .nothing }
        phase = .trying(since: now, isAccepted: false, hasComeBack: false)
        return .track(number)
    }

    /// Redis took the command that turns tracking on.
    mutating func accepted(_ now: NIODeadline) -> Step {
        guard case .trying(let since, _, let hasComeBack) = phase else { return .nothing }
        return went(on: since, isAccepted: true, hasComeBack: hasComeBack, now)
    }

    /// The write of the trial key came back as a push.
    mutating func cameBack(_ now: NIODeadline) -> Step {
        guard case .trying(let since, let isAccepted, _) = phase else { return .nothing }
        return went(on: since, isAccepted: isAccepted, hasComeBack: true, now)
    }

    private mutating func went(
        on since: NIODeadline, isAccepted: Bool, hasComeBack: Bool, _ now: NIODeadline
    ) -> Step {
        guard isAccepted, hasComeBack else {
            phase = .trying(since: since, isAccepted: isAccepted, hasComeBack: hasComeBack)
            return .nothing
        }
        phase = .on
        doubt = nil
        // The trial was begun then, and both connections have answered it.
        (provenData, provenPushes, pingedAt) = (since, since, since)
        return .begin
    }

    /// Redis refuses a command that is needed.
    mutating func refused(_ command: String, _ code: RedisErrorCode, _ now: NIODeadline) {
        doubt = .refused(command, code)
        phase = .pausing(until: now + (code == .generic ? Tracking.shortPause : Tracking.pause))
    }

    // MARK: - Time

    /// A ping that was sent at a moment has been answered.
    mutating func answered(_ side: Side, sentAt: NIODeadline) {
        switch side {
        case .data: provenData = max(provenData, sentAt)
        case .pushes: provenPushes = max(provenPushes, sentAt)
        }
    }

    /// When `wake` is to be called at the latest; `nil` if there is nothing to wait for.
    var nextWake: NIODeadline? {
        switch phase {
        case .off: nil
        case .trying(let since, _, _): since + Tracking.deadline
        case .on: pingedAt + Tracking.pingInterval
        case .pausing(let until): until
        }
    }

    /// Looks at the time; may be called at any time.
    mutating func wake(_ now: NIODeadline) -> Step {
        guard let due = nextWake, due <= now else { return .nothing }
        switch phase {
        case .off: return .nothing
        case .trying:
            phase = .off
            doubt = .unproven
            return .reconnectPushes
        case .on:
            pingedAt = now
            return .ping
        case .pausing:
            phase = .off
            if case .subscribing = pushes { return .reconnectPushes }
            // Redis did not know the push connection by its number: that one leads to another server, or Redis is too old.
            if case .refused(_, .generic)? = doubt { return .reconnectPushes }
            return tryIfPossible(now)
        }
    }
}

extension Tracking.Doubt {
    /// The reason, in words for whoever runs Redis.
    var description: String {
        switch self {
        case .starting: "Redis did not say yet that it tells of changes"
        case .noData: "the connection that reads was lost"
        case .noPushes: "the connection that hears of changes was lost"
        case .refused(let command, .notPermitted): "Redis refuses \(command) (NOPERM): see its user's rights"
        case .refused(let command, let code): "Redis refuses \(command) (\(code.rawValue))"
        case .unproven: "a change that was made to see whether Redis tells of it was not told within a second"
        }
    }
}
