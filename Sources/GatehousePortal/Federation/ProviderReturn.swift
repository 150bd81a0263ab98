internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOIDC
internal import GatehouseSessions

/// The way of somebody who comes back from a provider: what is known so far, and what has to be found out next.
///
/// It decides and does nothing, as `SignIn` does, which takes over where somebody is known who may come in. The order of all
/// checks that are not the provider's own stands in one place, `step`. An event that is not waited for lets nobody in.
struct ProviderReturn: Sendable {
    /// The provider of the address that the browser was sent to.
    let provider: UTF8Text
    /// Whether one that does not say when it asked the person is believed to have done so.
    let trustsTime: Bool
    private(set) var state = State.parameters

    /// What is waited for.
    enum State: Equatable, Sendable {
        /// What the browser brings.
        case parameters
        /// The record of the sign-in is being taken.
        case record(AuthorizationAnswer)
        /// It is taken: whose browser is this?
        case browser(ProviderStart, AuthorizationAnswer)
        /// There is nothing to take: somebody who is signed in needs none of it.
        case stray(ProviderStart?, Refusal)
        /// The provider is asked what the answer is worth.
        case answer(ProviderStart, Browser)
        /// Who is somebody here whom the provider knows?
        case person(ProviderStart, ProviderSignIn, Browser)
        /// An account gets a link.
        case link(ProviderStart)
        case over
    }

    /// What a browser shows of itself.
    struct Browser: Equatable, Sendable {
        /// The digest of its cookie without a session.
        let preSession: [UInt8]?
        /// The session that counts, if there is one, and whose it is.
        let session: SessionID?
        let user: UserReference?
        let isRemembered: Bool

        init(preSession: [UInt8]?, session: SessionID? = nil, user: UserReference? = nil, isRemembered: Bool = false) {
            self.preSession = preSession
            self.session = session
            self.user = user
            self.isRemembered = isRemembered
        }

        /// Whether it is the one that began something.
        func began(_ start: ProviderStart) -> Bool {
            let own = start.purpose == .signIn ? preSession : session?.octets.octets
            return own.map { ConstantTime.equal($0, start.browser) } ?? false
        }
    }

    /// What became of the record behind a state.
    enum Record: Equatable, Sendable {
        case taken(ProviderStart)
        /// Somebody took it before.
        case used(ProviderStart)
        /// It is over, or never was.
        case missing
    }

    enum Event: Equatable, Sendable {
        /// `nil` for what is no answer of a provider.
        case came(ReturnParameters?)
        case record(Record)
        case browser(Browser)
        /// The provider vouches for somebody.
        case brought(ProviderSignIn)
        case turnedBack(ProviderError)
        case arrival(ExternalArrival)
        case linked(LinkOutcome)
        /// A part of the site gave no answer.
        case failed(PortalError)
    }

    enum Action: Equatable, Sendable {
        case takeRecord(SecretToken)
        case lookAtBrowser
        case askProvider(AuthorizationAnswer, ProviderStart)
        case findPerson(ProviderSignIn)
        case link(ProviderSignIn, UserReference)
        /// Nothing more is to be done.
        case end(Ending)
    }

    /// How it ends.
    enum Ending: Equatable, Sendable {
        /// Somebody may have a session: `SignIn` goes on.
        case proven(Identity, ProviderSignIn, ProviderStart, isRemembered: Bool)
        case linked(ProviderStart)
        /// Somebody is signed in already, in another tab: they go where they wanted to.
        case signedIn(ProviderStart?)
        /// The provider has to be asked once more, so that it can ask the person.
        case again(ProviderStart)
        case refused(Refusal, ProviderStart?)
        case noAnswer(PortalError)
        /// Something happened that was not waited for.
        case outOfOrder
    }

    /// Why nobody comes in.
    enum Refusal: Equatable, Sendable {
        /// What came is no answer of a provider.
        case malformed
        /// The state finds nothing: it is over, or never was.
        case unknownState
        case usedState
        case otherProvider
        case otherBrowser
        /// Whoever began it is not signed in any more.
        case sessionOver
        case provider(ProviderError)
        case notAdmitted(ProviderSignIn)
        /// No identity that can be told here.
        case arrival(ExternalArrival, ProviderSignIn)
        case otherPerson
        case unproven
        case linkTaken
        case nothingToLink
    }

    init(at provider: Provider) {
        self.provider = provider.name.text
        trustsTime = provider.session.trustsReauthentication
    }

    /// Takes an event; what has to be done next.
    mutating func take(_ event: Event) -> Action {
        let (next, action) = step(state, event)
        state = next
        return action
    }
}
