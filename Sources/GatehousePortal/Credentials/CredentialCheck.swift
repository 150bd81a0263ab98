internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseThrottle

/// The one way to check a password, whatever form it came with: throttled first, asked of the backends, and every failure
/// answered after the same time.
struct CredentialCheck: Sendable {
    let backends: BackendChain
    let throttle: Throttle
    let deviceKey: TagKey
    let names: UserNameRules
    /// The least time that a failure takes, counted from the request's arrival.
    let floor: Duration
    let clock: @Sendable () -> Timestamp
    let pause: @Sendable (Duration) async -> Void
    let metrics: PortalMetrics
    let audit: AuditLog

    /// What came of it; whatever is no success was logged and counted.
    enum Outcome: Sendable {
        case accepted(Identity)
        case wrong
        /// The password is right, or the browser is one that the person used before; the account is not one to sign in with now.
        case barred(BarredAccount)
        /// Too many attempts: nothing was looked at.
        case throttled(Duration)
        case busy(Duration)
        case unavailable
    }

    /// Checks a name and a password.
    ///
    /// - Parameters:
    ///   - credentials: as typed, with the client.
    ///   - request: where they came from.
    ///   - action: what they were sent for.
    ///   - person: who is signed in with the browser, if anybody is; asked only where it matters.
    ///   - isExpected: whether the person that was found is the one who is meant.
    /// - Returns: what came of it.
    func check(
        _ credentials: Credentials, _ request: PortalRequest, for action: AuditLog.Action,
        by person: @autoclosure () async -> UserReference?, isExpected: (Identity) -> Bool = { _ in true }
    ) async -> Outcome {
        let device = await knownDevice(request, for: credentials.name)
        let attempt: Throttle.Attempt
        do throws(StoreError) {
            switch try await throttle.admit(credentials.name, from: request.client, device: device, now: clock()) {
            case .admitted(let admitted): attempt = admitted
            case .wait(let wait, let scope):
                metrics.throttled.increment()
                audit.throttled(action, scope, credentials.name, request)
                return .throttled(wait)
            }
        } catch {
            metrics.unavailable.increment()
            audit.unavailable(action.name, error, request)
            return .unavailable
        }
        let uses = PasswordUses()
        do throws(BackendError) {
            let flow = CredentialCheck.flow(request, device, device == nil ? await person() : nil)
            let admitted = credentials.with(flow, onUse: uses.note) { [throttle] user async throws(BackendError) in
                let wait: Duration?
                do throws(StoreError) { wait = try await throttle.admit(attempt, as: user) } catch {
                    throw .unavailable(reason: "the session store: \(error)")
                }
                if let wait { throw .held(retryAfter: wait) }
            }
            let answer = try await backends.answer(to: admitted)
            guard case .authenticated(let identity) = answer, isExpected(identity) else {
                var barred: BarredAccount?
                if case .barred(let account) = answer { barred = account }
                throttle.failed(attempt)
                metrics.signInsFailed.increment()
                audit.signInFailed(action, credentials.name, request, barred: barred)
                await waitForFloor(request)
                // What is said without a look at the password would tell strangers that there is such an account.
                guard let barred, barred.isPasswordProven || device != nil else { return .wrong }
                return .barred(barred)
            }
            // What stays counted against somebody who was right ends by itself.
            try? await throttle.succeeded(attempt)
            return .accepted(identity)
        } catch {
            // That somebody else's failures count here, too, tells that two names are one person's: whoever is not known to be
            // one of them hears what everybody hears who is wrong.
            if case .held = error, device == nil {
                throttle.failed(attempt)
                metrics.throttled.increment()
                audit.throttled(action, .name, credentials.name, request)
                await waitForFloor(request)
                return .wrong
            }
            // Whatever was compared counts, and takes as long as every failure: an outage elsewhere is no way to guess. What was
            // not costs nobody a try.
            switch uses.most {
            case .compared:
                throttle.failed(attempt)
                await waitForFloor(request)
            case .spent:
                try? await throttle.spared(attempt)
                await waitForFloor(request)
            case .untouched: try? await throttle.undone(attempt)
            }
            switch error {
            case .busy(let retryAfter):
                metrics.busy.increment()
                audit.busy(action, request)
                return .busy(retryAfter)
            case .held(let wait):
                metrics.throttled.increment()
                audit.throttled(action, .name, credentials.name, request)
                return .throttled(wait)
            case .unavailable:
                metrics.unavailable.increment()
                audit.unavailable(action.name, error, request)
                return .unavailable
            }
        }
    }

    /// Waits until as much time has gone by since the request came as a failure has to take.
    func waitForFloor(_ request: PortalRequest) async {
        let elapsed = ContinuousClock.now - request.arrival
        if elapsed < floor { await pause(floor - elapsed) } else { audit.floorExceeded(elapsed, floor: floor) }
    }

    /// The browser's id if somebody of the name signed in with it, and with the password that the account has now.
    private func knownDevice(_ request: PortalRequest, for name: UTF8Text) async -> Octets16? {
        // Only what was made here leads to a look at the account.
        guard let device = request.device, knew(request, name) else { return nil }
        let exact = names.distinct(name)
        return await backends.first(inCredentialsOf: name) { device.id(for: exact, $0, deviceKey) }
    }

    /// With whom somebody takes turns when passwords have to wait to be compared.
    private static func flow(_ request: PortalRequest, _ device: Octets16?, _ person: UserReference?) -> Flow {
        if let device { return Flow(.known, key: Array("device:".utf8) + device.octets) }
        if let person { return Flow(.known, key: Array("person:\(person.backend):".utf8) + person.id.bytes) }
        return Flow(strangerAt: request.client)
    }

    /// Whether somebody of the name signed in with the browser before, with whatever password.
    func knew(_ request: PortalRequest, _ name: UTF8Text) -> Bool {
        request.device?.knows(names.distinct(name), deviceKey) == true
    }

    /// The device after somebody signed in with it, and whether they did so before with this password.
    func remembered(
        _ request: PortalRequest, _ identity: Identity, name: UTF8Text
    ) -> (cookie: DeviceCookie?, isNew: Bool) {
        let name = names.distinct(name)
        let credentials = [identity.credential] + (identity.formerCredential.map { [$0] } ?? [])
        let isNew = request.device?.id(for: name, credentials, deviceKey) == nil
        return ((request.device ?? DeviceCookie())?.remembering(name, identity.credential, deviceKey), isNew)
    }
}
