import GatehouseCore
import GatehouseSessions
import Testing

@testable import GatehousePortal

@Suite("The order of a sign-in")
struct SignInOrderTests {
    private static let alice = OnePersonBackend.alice
    /// With a password of her own, by which it can be seen that it was changed.
    private static let known = alice.with(credential: Octets16(high: 1, low: 1))
    private static let away = PortalError.sessions(.unavailable(reason: "gone"))
    private static let noPeople = PortalError.people(.unavailable(reason: "gone"))

    private static func token(_ octet: UInt8) -> SecretToken? {
        SecretToken(octets: [UInt8](repeating: octet, count: 32))
    }

    private static func account(mustChange: Bool) -> PasswordAccount {
        PasswordAccount(
            id: "1", name: "alice", firstName: "", lastName: "", email: "", encodedPassword: "hash", lastSignIn: "",
            isActive: true, mustChange: mustChange)
    }

    struct Step: CustomTestStringConvertible, Sendable {
        let name: String
        let state: SignIn.State
        let event: SignIn.Event
        let next: SignIn.State
        let action: SignIn.Action

        init(
            _ name: String, _ state: SignIn.State, _ event: SignIn.Event, _ next: SignIn.State, _ action: SignIn.Action
        ) {
            self.name = name
            self.state = state
            self.event = event
            self.next = next
            self.action = action
        }

        /// The last step.
        init(_ name: String, _ state: SignIn.State, _ event: SignIn.Event, ends ending: SignIn.Ending) {
            self.init(name, state, event, .over, .end(ending))
        }

        var testDescription: String { name }
    }

    // MARK: - The table

    private static var proofs: [Step] {
        let contact = BarredAccount.newPassword(page: nil)
        return [
            Step("a right password", .proof, .checked(.accepted(alice)), .password(alice), .findAccount(alice)),
            Step("a wrong one", .proof, .checked(.wrong), ends: .turnedAway(.wrong)),
            Step("a barred account", .proof, .checked(.barred(contact)), ends: .turnedAway(.barred(contact))),
            Step(
                "too many tries", .proof, .checked(.throttled(.seconds(9))), ends: .turnedAway(.throttled(.seconds(9)))),
            Step("too many people", .proof, .checked(.busy(.seconds(3))), ends: .turnedAway(.busy(.seconds(3)))),
            Step("no backend", .proof, .checked(.unavailable), ends: .turnedAway(.unavailable)),
            Step(
                "a proxy's word", .proof, .vouched(alice), .session(alice, after: .earlier), .start(alice)),
            Step(
                "a provider's word", .proof, .brought(alice), .session(alice, after: .earlier), .start(alice)),
            Step("a proxy's word for nobody", .proof, .vouched(nil), ends: .notAdmitted),
            Step(
                "the first administrator", .proof, .made(alice), .session(alice, after: .earlier), .start(alice)),
            Step(
                "a new password", .proof, .newPassword(.changed(alice)), .newPassword(alice), .endSessions),
            Step(
                "a new password of nobody who may come in", .proof, .newPassword(.changed(nil)), .newPassword(nil),
                .endSessions),
            Step("a new password that will not do", .proof, .newPassword(.refused(["No."])), ends: .refused(["No."])),
            Step("a new password that comes too late", .proof, .newPassword(.outdated), ends: .outdated),
        ]
    }

    private static func passwords(_ secret: SecretToken) -> [Step] {
        let (stays, goes) = (account(mustChange: false), account(mustChange: true))
        return [
            Step(
                "a password that stays", .password(alice), .account(stays), .session(alice, after: .earlier),
                .start(alice)),
            Step(
                "a password that is kept elsewhere", .password(alice), .account(nil), .session(alice, after: .earlier),
                .start(alice)),
            Step(
                "a password that has to go", .password(alice), .account(goes), .postponement(alice),
                .postpone(alice, goes)),
            Step("no people to ask", .password(alice), .failed(noPeople), ends: .noAnswer(noPeople)),
            Step("a sign-in that waits", .postponement(alice), .postponed(secret), ends: .postponed(alice, secret)),
            Step("a sign-in that cannot wait", .postponement(alice), .failed(away), ends: .noAnswer(away)),
            Step(
                "a new password without old sessions", .newPassword(known), .sessionsEnded,
                .session(known, after: .newPassword), .start(known)),
            Step("nobody to sign in", .newPassword(nil), .sessionsEnded, ends: .passwordChanged(nil)),
            Step(
                "old sessions that go on", .newPassword(known), .failed(away), ends: .noAnswer(away)),
            Step(
                "old sessions of nobody that go on", .newPassword(nil), .failed(away), ends: .noAnswer(away)),
        ]
    }

    private static func sessions(_ secret: SecretToken) -> [Step] {
        let other = Octets16(high: 2, low: 2)
        return [
            Step(
                "a session", .session(known, after: .earlier), .started(secret), .comparison(known, secret),
                .readCredential(known)),
            Step(
                "a session of somebody without a password", .session(alice, after: .earlier), .started(secret),
                ends: .signedIn(alice, secret)),
            Step(
                "a session after a new password", .session(known, after: .newPassword), .started(secret),
                ends: .signedIn(known, secret)),
            Step(
                "no store for the session", .session(known, after: .earlier), .failed(away), ends: .noAnswer(away)),
            Step(
                "no store for the session after a new password", .session(known, after: .newPassword), .failed(away),
                ends: .passwordChanged(away)),
            Step(
                "the same password", .comparison(known, secret), .credential(known.credential),
                ends: .signedIn(known, secret)),
            Step(
                "another password meanwhile", .comparison(known, secret), .credential(other), .withdrawal(.overtaken),
                .withdraw(secret)),
            Step(
                "an account that is gone meanwhile", .comparison(known, secret), .credential(nil),
                .withdrawal(.overtaken), .withdraw(secret)),
            Step(
                "no people to compare with", .comparison(known, secret), .failed(noPeople),
                .withdrawal(.noAnswer(noPeople)), .withdraw(secret)),
            Step("a session that is gone", .withdrawal(.overtaken), .withdrawn, ends: .overtaken),
            Step("a session that may go on unseen", .withdrawal(.overtaken), .failed(away), ends: .noAnswer(away)),
        ]
    }

    /// Every step that there is.
    private static let steps: [Step] = token(1).map { proofs + passwords($0) + sessions($0) } ?? []

    @Test("is this", arguments: steps)
    func order(step: Step) {
        let (next, action) = SignIn.step(step.state, step.event)
        #expect(next == step.next)
        #expect(action == step.action)
    }

    @Test("lets nobody in out of turn")
    func outOfTurn() throws {
        let secret = try #require(Self.token(1))
        let states =
            Self.steps.map(\.state) + Self.steps.map(\.next) + [.session(Self.alice, after: .newPassword), .over]
        let events = Self.steps.map(\.event) + [.postponed(secret), .withdrawn, .sessionsEnded]
        var count = 0
        for state in states {
            for event in events where !Self.isWaitedFor(event, in: state) {
                let (next, action) = SignIn.step(state, event)
                count += 1
                // A session that stands already goes first.
                if case .comparison(_, let token) = state {
                    #expect(next == .withdrawal(.outOfOrder) && action == .withdraw(token), "\(event)")
                    continue
                }
                let ending: SignIn.Ending =
                    if state != .over, case .failed(let error) = event { .noAnswer(error) } else { .outOfOrder }
                #expect(next == .over && action == .end(ending), "\(state) \(event)")
            }
        }
        #expect(count > 1_000)
    }

    /// Whether the table has a step for this kind of event in this kind of state.
    private static func isWaitedFor(_ event: SignIn.Event, in state: SignIn.State) -> Bool {
        switch (state, event) {
        case (.proof, .checked), (.proof, .vouched), (.proof, .brought), (.proof, .made), (.proof, .newPassword): true
        case (.password, .account), (.postponement, .postponed), (.newPassword, .sessionsEnded): true
        case (.session, .started), (.comparison, .credential), (.withdrawal, .withdrawn): true
        // Where an outage means more than that there is no answer.
        case (.session(_, .newPassword), .failed), (.comparison, .failed): true
        default: false
        }
    }

    // MARK: - Whole ways

    @Test("leads from a right password to a session")
    func way() throws {
        let secret = try #require(Self.token(1))
        var signIn = SignIn()
        #expect(signIn.take(.checked(.accepted(Self.known))) == .findAccount(Self.known))
        #expect(signIn.take(.account(Self.account(mustChange: false))) == .start(Self.known))
        #expect(signIn.take(.started(secret)) == .readCredential(Self.known))
        #expect(signIn.take(.credential(Self.known.credential)) == .end(.signedIn(Self.known, secret)))
        #expect(signIn.state == .over)
        #expect(signIn.take(.made(Self.alice)) == .end(.outOfOrder))
    }

    @Test("leads from a password that has to go to a new one, and by that to a session")
    func detour() throws {
        let (waiting, session) = (try #require(Self.token(1)), try #require(Self.token(2)))
        let account = Self.account(mustChange: true)
        var first = SignIn()
        #expect(first.take(.checked(.accepted(Self.alice))) == .findAccount(Self.alice))
        #expect(first.take(.account(account)) == .postpone(Self.alice, account))
        #expect(first.take(.postponed(waiting)) == .end(.postponed(Self.alice, waiting)))
        var second = SignIn()
        #expect(second.take(.newPassword(.changed(Self.known))) == .endSessions)
        #expect(second.take(.sessionsEnded) == .start(Self.known))
        #expect(second.take(.started(session)) == .end(.signedIn(Self.known, session)))
    }

    @Test("leads back from a session whose password was changed while it began")
    func overtaken() throws {
        let secret = try #require(Self.token(1))
        var signIn = SignIn()
        #expect(signIn.take(.vouched(Self.known)) == .start(Self.known))
        #expect(signIn.take(.started(secret)) == .readCredential(Self.known))
        #expect(signIn.take(.credential(nil)) == .withdraw(secret))
        #expect(signIn.take(.withdrawn) == .end(.overtaken))
    }
}
