import GatehouseCore
import GatehouseOIDC
import GatehouseSessions
import Testing

@testable import GatehousePortal

@Suite("The order of a return from a provider")
struct ProviderReturnTests {
    private typealias Way = ProviderReturn
    private static let alice = OnePersonBackend.alice
    private static let bob = Identity(user: UserReference(backend: "test", id: "2"), name: "bob")
    private static let provider = Provider.fake()
    private static let signIn = ProviderSignIn.alice(at: provider)
    private static let answer = AuthorizationAnswer(code: "code")
    private static let away = PortalError.sessions(.unavailable(reason: "gone"))
    private static let pre = [UInt8](repeating: 1, count: 32)
    private static let session = SessionID(Octets16(high: 3, low: 4))

    private static func token(_ octet: UInt8) -> SecretToken {
        guard let token = SecretToken(octets: [UInt8](repeating: octet, count: 32)) else {
            preconditionFailure("32 octets are a token")
        }
        return token
    }

    private static func start(
        _ purpose: ProviderStart.Purpose, at name: UTF8Text = "example", isRepeated: Bool = false,
        subject: UTF8Text? = nil, maxAge: Duration? = nil, startedAt: Timestamp = Timestamp(milliseconds: 0)
    ) -> ProviderStart {
        ProviderStart(
            purpose, at: name,
            StartedSignIn(
                issuer: UTF8Text(provider.issuer), redirectURI: "https://auth.example.com/oidc/example/callback",
                nonce: token(5), verifier: token(6), maxAge: maxAge, startedAt: startedAt),
            browser: purpose == .signIn ? pre : session.octets.octets, destination: "https://app.example.com/",
            subject: subject ?? (purpose == .stepUp ? signIn.person.subject.text : ""), isRepeated: isRepeated,
            endsAt: Timestamp(milliseconds: 600_000))
    }

    private static let fresh = Way.Browser(preSession: pre)
    private static let other = Way.Browser(preSession: [UInt8](repeating: 2, count: 32))
    private static let known = Way.Browser(
        preSession: nil, session: session, user: alice.user, isRemembered: true)
    private static let stranger = Way.Browser(
        preSession: nil, session: SessionID(Octets16(high: 9, low: 9)), user: bob.user)

    struct Step: CustomTestStringConvertible, Sendable {
        let name: String
        let state: ProviderReturn.State
        let event: ProviderReturn.Event
        let next: ProviderReturn.State
        let action: ProviderReturn.Action

        init(
            _ name: String, _ state: ProviderReturn.State, _ event: ProviderReturn.Event,
            _ next: ProviderReturn.State, _ action: ProviderReturn.Action
        ) {
            self.name = name
            self.state = state
            self.event = event
            self.next = next
            self.action = action
        }

        init(
            _ name: String, _ state: ProviderReturn.State, _ event: ProviderReturn.Event,
            ends ending: ProviderReturn.Ending
        ) {
            self.init(name, state, event, .over, .end(ending))
        }

        var testDescription: String { name }
    }

    // MARK: - The table

    private static var records: [Step] {
        let (own, strange) = (start(.signIn), start(.signIn, at: "second"))
        return [
            Step(
                "an answer", .parameters, .came(ReturnParameters(state: token(1), answer: answer)), .record(answer),
                .takeRecord(token(1))),
            Step("no answer", .parameters, .came(nil), ends: .refused(.malformed, nil)),
            Step("a record", .record(answer), .record(.taken(own)), .browser(own, answer), .lookAtBrowser),
            Step(
                "another provider's record", .record(answer), .record(.taken(strange)),
                ends: .refused(.otherProvider, strange)),
            Step("a used one", .record(answer), .record(.used(own)), .stray(own, .usedState), .lookAtBrowser),
            Step("none", .record(answer), .record(.missing), .stray(nil, .unknownState), .lookAtBrowser),
        ]
    }

    private static var browsers: [Step] {
        let (own, link, stepUp, strange) = (
            start(.signIn), start(.link), start(.stepUp), start(.signIn, at: "second")
        )
        return [
            Step(
                "the browser that began", .browser(own, answer), .browser(fresh), .answer(own, fresh),
                .askProvider(answer, own)),
            Step("another one", .browser(own, answer), .browser(other), ends: .refused(.otherBrowser, own)),
            Step(
                "another one, signed in", .browser(own, answer), .browser(stranger), ends: .signedIn(own)),
            Step(
                "the session that began to link", .browser(link, answer), .browser(known), .answer(link, known),
                .askProvider(answer, link)),
            Step("another session", .browser(link, answer), .browser(stranger), ends: .refused(.sessionOver, link)),
            Step("no session any more", .browser(link, answer), .browser(fresh), ends: .refused(.sessionOver, link)),
            Step(
                "the session that proves itself", .browser(stepUp, answer), .browser(known), .answer(stepUp, known),
                .askProvider(answer, stepUp)),
            Step(
                "another session to prove", .browser(stepUp, answer), .browser(stranger),
                ends: .refused(.sessionOver, stepUp)),
            Step(
                "a used state", .stray(own, .usedState), .browser(fresh), ends: .refused(.usedState, own)),
            Step("a used state, signed in", .stray(own, .usedState), .browser(known), ends: .signedIn(own)),
            Step(
                "a used state of another provider, signed in", .stray(strange, .usedState), .browser(known),
                ends: .refused(.otherProvider, strange)),
            Step(
                "a used link, signed in", .stray(link, .usedState), .browser(known),
                ends: .refused(.usedState, link)),
            Step(
                "an unknown state", .stray(nil, .unknownState), .browser(fresh), ends: .refused(.unknownState, nil)),
            Step("an unknown state, signed in", .stray(nil, .unknownState), .browser(known), ends: .signedIn(nil)),
        ]
    }

    private static var answers: [Step] {
        let (own, again, link, stepUp) = (
            start(.signIn), start(.signIn, isRepeated: true), start(.link), start(.stepUp)
        )
        let refusal = ProviderError.refused(ProviderRefusal(.nonce, "no"))
        let unknown = ProviderSignIn.alice(at: provider, admission: .refused(list: "domains"))
        let timeless = ProviderSignIn.alice(at: provider, authenticatedAt: nil)
        let another = start(.stepUp, subject: "somebody else")
        let asked = signIn.authenticatedAt ?? Timestamp(milliseconds: 0)
        let (old, recent) = (
            start(.stepUp, maxAge: .seconds(300), startedAt: asked.advanced(by: .milliseconds(300_001))),
            start(.stepUp, maxAge: .seconds(300), startedAt: asked.advanced(by: .seconds(300)))
        )
        return [
            Step("somebody", .answer(own, fresh), .brought(signIn), .person(own, signIn, fresh), .findPerson(signIn)),
            Step(
                "somebody who may not come in", .answer(own, fresh), .brought(unknown),
                ends: .refused(.notAdmitted(unknown), own)),
            Step(
                "somebody to link", .answer(link, known), .brought(signIn), .link(link), .link(signIn, alice.user)),
            Step(
                "somebody to link to nobody", .answer(link, fresh), .brought(signIn),
                ends: .refused(.sessionOver, link)),
            Step(
                "somebody to link who may not come in", .answer(link, known), .brought(unknown),
                ends: .refused(.notAdmitted(unknown), link)),
            Step(
                "the same person again", .answer(stepUp, known), .brought(signIn), .person(stepUp, signIn, known),
                .findPerson(signIn)),
            Step(
                "another person", .answer(another, known), .brought(signIn),
                ends: .refused(.otherPerson, another)),
            Step(
                "nobody knows when", .answer(stepUp, known), .brought(timeless), ends: .refused(.unproven, stepUp)),
            Step(
                "a proof that is too old", .answer(old, known), .brought(signIn), ends: .refused(.unproven, old)),
            Step(
                "a proof that is just recent enough", .answer(recent, known), .brought(signIn),
                .person(recent, signIn, known), .findPerson(signIn)),
            Step(
                "the provider wants to ask", .answer(own, fresh), .turnedBack(.needsInteraction), ends: .again(own)),
            Step(
                "it wants to ask again", .answer(again, fresh), .turnedBack(.needsInteraction),
                ends: .refused(.provider(.needsInteraction), again)),
            Step("it refuses", .answer(own, fresh), .turnedBack(refusal), ends: .refused(.provider(refusal), own)),
            Step("it says no", .answer(own, fresh), .turnedBack(.denied), ends: .refused(.provider(.denied), own)),
        ]
    }

    private static var people: [Step] {
        let (own, link, stepUp) = (start(.signIn), start(.link), start(.stepUp))
        return [
            Step(
                "a person", .person(own, signIn, fresh), .arrival(.person(alice)),
                ends: .proven(alice, signIn, own, isRemembered: false)),
            Step(
                "nobody here", .person(own, signIn, fresh), .arrival(.notLinked),
                ends: .refused(.arrival(.notLinked, signIn), own)),
            Step(
                "the same person here", .person(stepUp, signIn, known), .arrival(.person(alice)),
                ends: .proven(alice, signIn, stepUp, isRemembered: true)),
            Step(
                "another person here", .person(stepUp, signIn, known), .arrival(.person(bob)),
                ends: .refused(.otherPerson, stepUp)),
            Step("a link", .link(link), .linked(.linked), ends: .linked(link)),
            Step("a link that was there", .link(link), .linked(.alreadyOwn), ends: .linked(link)),
            Step("another one's", .link(link), .linked(.taken), ends: .refused(.linkTaken, link)),
            Step("nothing to link", .link(link), .linked(.noAccount), ends: .refused(.nothingToLink, link)),
        ]
    }

    private static let steps = records + browsers + answers + people

    @Test("is this", arguments: steps)
    func order(step: Step) {
        let (next, action) = ProviderReturn(at: Self.provider).step(step.state, step.event)
        #expect(next == step.next)
        #expect(action == step.action)
    }

    @Test("believes a provider that does not say when it asked, where the operator does")
    func trust() {
        let trusting = Provider.fake(session: ProviderSessionRules(trustsReauthentication: true))
        let timeless = ProviderSignIn.alice(at: trusting, authenticatedAt: nil)
        let start = Self.start(.stepUp)
        let (next, _) = ProviderReturn(at: trusting).step(.answer(start, Self.known), .brought(timeless))
        #expect(next == .person(start, timeless, Self.known))
    }

    @Test("lets nobody in out of turn")
    func outOfTurn() {
        let way = ProviderReturn(at: Self.provider)
        let states = Self.steps.map(\.state) + Self.steps.map(\.next) + [.over]
        let events = Self.steps.map(\.event) + [.failed(Self.away)]
        var count = 0
        for state in states {
            for event in events where !Self.isWaitedFor(event, in: state) {
                let (next, action) = way.step(state, event)
                count += 1
                let ending: ProviderReturn.Ending =
                    if state != .over, case .failed(let error) = event { .noAnswer(error) } else { .outOfOrder }
                #expect(next == .over && action == .end(ending), "\(state) \(event)")
            }
        }
        #expect(count > 1_000)
    }

    private static func isWaitedFor(_ event: ProviderReturn.Event, in state: ProviderReturn.State) -> Bool {
        switch (state, event) {
        case (.parameters, .came), (.record, .record), (.browser, .browser), (.stray, .browser): true
        case (.answer, .brought), (.answer, .turnedBack), (.person, .arrival), (.link, .linked): true
        default: false
        }
    }
}
