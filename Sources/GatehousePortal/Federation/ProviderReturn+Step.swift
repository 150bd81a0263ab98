internal import GatehouseCore
internal import GatehouseOIDC
internal import GatehouseSessions

extension ProviderReturn {
    /// What follows upon what: parameters → record → browser → provider → person.
    func step(_ state: State, _ event: Event) -> (State, Action) {
        switch (state, event) {
        // 1. The record goes first, whatever comes after: of two who bring the same state one gets it.
        case (.parameters, .came(let parameters?)): (.record(parameters.answer), .takeRecord(parameters.state))
        case (.parameters, .came(nil)): refused(.malformed)
        case (.record, .record(.taken(let start))) where start.provider != provider: refused(.otherProvider, start)
        case (.record(let answer), .record(.taken(let start))): (.browser(start, answer), .lookAtBrowser)
        case (.record, .record(.used(let start))): (.stray(start, .usedState), .lookAtBrowser)
        case (.record, .record(.missing)): (.stray(nil, .unknownState), .lookAtBrowser)

        // 2. The browser: no code is looked at that another one brings.
        case (.browser(let start, let answer), .browser(let browser)) where browser.began(start):
            (.answer(start, browser), .askProvider(answer, start))
        case (.browser(let start, _), .browser(let browser)): stray(start, .otherBrowser, browser)
        case (.stray(let start, let refusal), .browser(let browser)): stray(start, refusal, browser)

        // 3. What the provider says.
        case (.answer(let start, let browser), .brought(let signIn)): brought(start, signIn, browser)
        case (.answer(let start, _), .turnedBack(.needsInteraction)) where !start.isRepeated:
            end(.again(start))
        case (.answer(let start, _), .turnedBack(let error)): refused(.provider(error), start)

        // 4. Who that is here.
        case (.person(let start, let signIn, let browser), .arrival(.person(let identity))):
            arrived(identity, start, signIn, browser)
        case (.person(let start, let signIn, _), .arrival(let arrival)): refused(.arrival(arrival, signIn), start)
        case (.link(let start), .linked(.linked)), (.link(let start), .linked(.alreadyOwn)): end(.linked(start))
        case (.link(let start), .linked(.taken)): refused(.linkTaken, start)
        case (.link(let start), .linked(.noAccount)): refused(.nothingToLink, start)

        // Nothing that was waited for.
        case (.over, _): end(.outOfOrder)
        case (_, .failed(let error)): end(.noAnswer(error))
        default: end(.outOfOrder)
        }
    }

    /// Lets somebody who is signed in already in another tab go on as they are: no second sign-in, no page about an error.
    ///
    /// What is about a session is for that session alone.
    private func stray(_ start: ProviderStart?, _ refusal: Refusal, _ browser: Browser) -> (State, Action) {
        if let start, start.purpose != .signIn {
            return refused(refusal == .otherBrowser ? .sessionOver : refusal, start)
        }
        guard start.map({ $0.provider == provider }) ?? true else { return refused(.otherProvider, start) }
        return browser.session == nil ? refused(refusal, start) : end(.signedIn(start))
    }

    /// Allow lists hold for every purpose: a link to somebody who cannot come in would be of no use.
    private func brought(_ start: ProviderStart, _ signIn: ProviderSignIn, _ browser: Browser) -> (State, Action) {
        guard signIn.admission == .admitted else { return refused(.notAdmitted(signIn), start) }
        switch start.purpose {
        case .signIn: return (.person(start, signIn, browser), .findPerson(signIn))
        case .link:
            guard let user = browser.user else { return refused(.sessionOver, start) }
            return (.link(start), .link(signIn, user))
        case .stepUp:
            guard signIn.person.subject.text == start.subject else { return refused(.otherPerson, start) }
            // Only what the provider says counts: some answer at once, whatever they were asked for.
            guard isRecent(signIn, start) else { return refused(.unproven, start) }
            return (.person(start, signIn, browser), .findPerson(signIn))
        }
    }

    /// Without a tolerance: what the page asks for again would lead back here at once, and round and round.
    private func isRecent(_ signIn: ProviderSignIn, _ start: ProviderStart) -> Bool {
        guard let asked = signIn.authenticatedAt else { return trustsTime }
        guard let maxAge = start.exchange.maxAge else { return true }
        return start.exchange.startedAt.since(asked) <= maxAge
    }

    private func arrived(
        _ identity: Identity, _ start: ProviderStart, _ signIn: ProviderSignIn, _ browser: Browser
    ) -> (State, Action) {
        guard start.purpose == .stepUp else { return end(.proven(identity, signIn, start, isRemembered: false)) }
        guard identity.user == browser.user else { return refused(.otherPerson, start) }
        return end(.proven(identity, signIn, start, isRemembered: browser.isRemembered))
    }

    private func refused(_ refusal: Refusal, _ start: ProviderStart? = nil) -> (State, Action) {
        end(.refused(refusal, start))
    }

    private func end(_ ending: Ending) -> (State, Action) { (.over, .end(ending)) }
}
