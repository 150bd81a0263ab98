internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseThrottle

/// The one way to check a password, whatever form it came with: throttled first, asked of the backends, and every failure
/// answered after the same time.
struct CredentialCheck: Sendable {
    let backends: BackendChain
    /// People of providers, who have names, too; `nil` where there are none.
    let providerPeople: (any ExternalAccounts)?
    let throttle: Throttle
    let devices: KnownDevices
    let floor: FailureFloor
    let clock: @Sendable () -> Timestamp
    let audit: AuditLog

    /// What came of it; whatever is no success was logged and counted.
    enum Outcome: Equatable, Sendable {
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
        let device = await devices.id(of: request, for: credentials.name, among: backends)
        do throws(StoreError) {
            switch try await throttle.admit(credentials.name, from: request.client, device: device, now: clock()) {
            case .admitted(let attempt):
                let flow = CredentialCheck.flow(request, device, device == nil ? await person() : nil)
                let trial = Trial(
                    credentials: credentials, request: request, action: action, device: device, attempt: attempt)
                return await outcome(of: trial, flow, isExpected)
            case .wait(let wait, let scope):
                audit.throttled(action, scope, credentials.name, request)
                return .throttled(wait)
            }
        } catch {
            audit.unavailable(action.name, error, request)
            return .unavailable
        }
    }

    /// One look at a password that the throttle has admitted.
    private struct Trial {
        let credentials: Credentials
        let request: PortalRequest
        let action: AuditLog.Action
        /// The browser's id if the person is known to have used it.
        let device: Octets16?
        let attempt: Throttle.Attempt
    }

    private func outcome(of trial: Trial, _ flow: Flow, _ isExpected: (Identity) -> Bool) async -> Outcome {
        let attempt = trial.attempt
        let uses = PasswordUses()
        do throws(BackendError) {
            let admitted = trial.credentials.with(flow, onUse: uses.note) {
                [throttle] user async throws(BackendError) in
                let wait: Duration?
                do throws(StoreError) { wait = try await throttle.admit(attempt, as: user) } catch {
                    throw .unavailable(reason: "the session store: \(error)")
                }
                if let wait { throw .held(retryAfter: wait) }
            }
            let answer = try await backends.answer(to: admitted)
            guard case .authenticated(let identity) = answer, isExpected(identity) else {
                return await failed(trial, answer)
            }
            // Asked when the password is known to be right: nobody else is told whose a name is.
            if let providerPeople, try await providerPeople.isHeldElsewhere(identity) {
                return await failed(trial, .barred(.nameTaken))
            }
            // What stays counted against somebody who was right ends by itself.
            try? await throttle.succeeded(attempt)
            return .accepted(identity)
        } catch {
            return await unanswered(trial, error, uses.most)
        }
    }

    private func failed(_ trial: Trial, _ answer: AuthenticationResult) async -> Outcome {
        var barred: BarredAccount?
        if case .barred(let account) = answer { barred = account }
        throttle.failed(trial.attempt)
        audit.signInFailed(trial.action, trial.credentials.name, trial.request, barred: barred)
        await floor.wait(trial.request)
        // What is said without a look at the password would tell strangers that there is such an account.
        guard let barred, barred.isPasswordProven || trial.device != nil else { return .wrong }
        return .barred(barred)
    }

    private func unanswered(_ trial: Trial, _ error: BackendError, _ use: PasswordUse) async -> Outcome {
        let request = trial.request
        // That somebody else's failures count here, too, tells that two names are one person's: whoever is not known to be
        // one of them hears what everybody hears who is wrong.
        if case .held = error, trial.device == nil {
            throttle.failed(trial.attempt)
            audit.throttled(trial.action, .name, trial.credentials.name, request)
            await floor.wait(request)
            return .wrong
        }
        // Whatever was compared counts, and takes as long as every failure: an outage elsewhere is no way to guess. What was
        // not costs nobody a try.
        switch use {
        case .compared:
            throttle.failed(trial.attempt)
            await floor.wait(request)
        case .spent:
            try? await throttle.spared(trial.attempt)
            await floor.wait(request)
        case .untouched: try? await throttle.undone(trial.attempt)
        }
        switch error {
        case .busy(let retryAfter):
            audit.busy(trial.action, request)
            return .busy(retryAfter)
        case .held(let wait):
            audit.throttled(trial.action, .name, trial.credentials.name, request)
            return .throttled(wait)
        case .unavailable:
            audit.unavailable(trial.action.name, error, request)
            return .unavailable
        }
    }

    /// With whom somebody takes turns when passwords have to wait to be compared.
    private static func flow(_ request: PortalRequest, _ device: Octets16?, _ person: UserReference?) -> Flow {
        if let device { return Flow(.known, key: Array("device:".utf8) + device.octets) }
        if let person { return Flow(.known, key: Array("person:\(person.backend):".utf8) + person.id.bytes) }
        return Flow(strangerAt: request.client)
    }
}
