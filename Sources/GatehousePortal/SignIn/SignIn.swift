internal import GatehouseCore

/// The way of a sign-in: what was proven so far, and what has to be done next.
///
/// It decides and does nothing. Whoever holds it does what an action says and tells what came of it by an event. So the order of
/// a sign-in stands in one place, `step`, and can be tried without a server. An event that is not waited for lets nobody in.
struct SignIn: Sendable {
    private(set) var state = State.proof

    /// What is waited for.
    enum State: Equatable, Sendable {
        /// Nothing is proven yet.
        case proof
        /// A password was right: whether it may stay is looked up.
        case password(Identity)
        /// It has to go: the sign-in is put off until there is a new one.
        case postponement(Identity)
        /// A new password counts: the sessions from before end first.
        case newPassword(Identity?)
        /// Nothing is missing: the session is being started.
        case session(Identity, after: Proof)
        /// The session stands: what was proven may count no more.
        case comparison(Identity, SecretToken)
        /// The session is of no use: it ends before anybody has its secret.
        case withdrawal(Ending)
        case over
    }

    enum Proof: Equatable, Sendable {
        /// It was right when it was looked at, and may be overtaken by the time the session stands.
        case earlier
        /// A new password, which ended everything that there was before.
        case newPassword
    }

    /// What came of an action, or what a sign-in begins with.
    enum Event: Equatable, Sendable {
        /// What came of a name and a password.
        case checked(CredentialCheck.Outcome)
        /// Whom a proxy vouches for; `nil` for nobody who may come in.
        case vouched(Identity?)
        /// Whom a provider vouches for.
        case brought(Identity)
        /// Somebody who was made a moment ago.
        case made(Identity)
        /// What became of the wish for a new password, of somebody who has to have one.
        case newPassword(PeoplePasswords.Change)

        /// The account with the password; `nil` if it is kept elsewhere.
        case account(PasswordAccount?)
        /// The secret by which a sign-in that was put off goes on.
        case postponed(SecretToken)
        case sessionsEnded
        case started(SecretToken)
        /// The credential that the person has by now.
        case credential(Octets16?)
        case withdrawn
        /// A part of the site gave no answer.
        case failed(PortalError)
    }

    enum Action: Equatable, Sendable {
        case findAccount(Identity)
        case postpone(Identity, PasswordAccount)
        /// Ends the sessions from before a new password.
        case endSessions
        case start(Identity)
        case readCredential(Identity)
        case withdraw(SecretToken)
        /// Nothing more is to be done.
        case end(Ending)
    }

    /// How a sign-in ends.
    enum Ending: Equatable, Sendable {
        /// With a session, whose secret it is.
        case signedIn(Identity, SecretToken)
        /// It goes on by the secret when there is a new password.
        case postponed(Identity, SecretToken)
        /// A check let nobody in, and was counted and logged.
        case turnedAway(Refusal)
        /// A proxy vouches for somebody who may not come in.
        case notAdmitted
        /// Somebody changed the password meanwhile.
        case overtaken
        /// What stands against the new password.
        case refused([String])
        /// The account is not what it was when the new password was asked for.
        case outdated
        /// The new password counts, but nobody is signed in with it; the error is why, if there is one.
        case passwordChanged(PortalError?)
        case noAnswer(PortalError)
        /// Something happened that was not waited for.
        case outOfOrder
    }

    /// Why a check let nobody in.
    enum Refusal: Equatable, Sendable {
        case wrong
        case barred(BarredAccount)
        case throttled(Duration)
        case busy(Duration)
        case unavailable
    }

    /// Takes an event; what has to be done next.
    mutating func take(_ event: Event) -> Action {
        let (next, action) = SignIn.step(state, event)
        state = next
        return action
    }

    // MARK: - The order

    /// What follows upon what: proof → whether the password has to go → session → comparison.
    static func step(_ state: State, _ event: Event) -> (State, Action) {
        switch (state, event) {
        // 1. A proof.
        case (.proof, .checked(.accepted(let identity))): (.password(identity), .findAccount(identity))
        case (.proof, .checked(.wrong)): turnedAway(.wrong)
        case (.proof, .checked(.barred(let account))): turnedAway(.barred(account))
        case (.proof, .checked(.throttled(let wait))): turnedAway(.throttled(wait))
        case (.proof, .checked(.busy(let wait))): turnedAway(.busy(wait))
        case (.proof, .checked(.unavailable)): turnedAway(.unavailable)
        case (.proof, .vouched(let identity?)), (.proof, .brought(let identity)), (.proof, .made(let identity)):
            proven(identity, .earlier)
        case (.proof, .vouched(nil)): end(.notAdmitted)
        case (.proof, .newPassword(.changed(let identity))): (.newPassword(identity), .endSessions)
        case (.proof, .newPassword(.refused(let reasons))): end(.refused(reasons))
        case (.proof, .newPassword(.outdated)): end(.outdated)

        // 2. A password that has to go: the sign-in ends here, and another one begins with the new password.
        case (.password(let identity), .account(let account?)) where account.mustChange:
            (.postponement(identity), .postpone(identity, account))
        case (.password(let identity), .account): proven(identity, .earlier)
        case (.postponement(let identity), .postponed(let secret)): end(.postponed(identity, secret))
        case (.newPassword(let identity?), .sessionsEnded): proven(identity, .newPassword)
        case (.newPassword(nil), .sessionsEnded): end(.passwordChanged(nil))

        // 3. The session, and the comparison: whoever changes the password after it was read ends the session, too.
        case (.session(let identity, .earlier), .started(let token)) where identity.credential != nil:
            (.comparison(identity, token), .readCredential(identity))
        case (.session(let identity, _), .started(let token)): end(.signedIn(identity, token))
        case (.session(_, .newPassword), .failed(let error)): end(.passwordChanged(error))
        case (.comparison(let identity, let token), .credential(let now)):
            now == identity.credential ? end(.signedIn(identity, token)) : withdraw(token, .overtaken)
        case (.comparison(_, let token), .failed(let error)): withdraw(token, .noAnswer(error))
        case (.withdrawal(let ending), .withdrawn): end(ending)

        // Nothing that was waited for.
        case (.comparison(_, let token), _): withdraw(token, .outOfOrder)
        case (.over, _): end(.outOfOrder)
        case (_, .failed(let error)): end(.noAnswer(error))
        default: end(.outOfOrder)
        }
    }

    /// Every way in comes by here when its proof is complete: what is asked for besides, such as a second factor, comes in
    /// between here and the session.
    private static func proven(_ identity: Identity, _ proof: Proof) -> (State, Action) {
        (.session(identity, after: proof), .start(identity))
    }

    private static func turnedAway(_ refusal: Refusal) -> (State, Action) { end(.turnedAway(refusal)) }

    private static func withdraw(_ token: SecretToken, _ ending: Ending) -> (State, Action) {
        (.withdrawal(ending), .withdraw(token))
    }

    private static func end(_ ending: Ending) -> (State, Action) { (.over, .end(ending)) }
}
