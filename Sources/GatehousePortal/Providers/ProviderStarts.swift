internal import GatehouseCore
internal import GatehouseCrypto
internal import GatehouseOIDC
internal import GatehouseSessions
internal import GatehouseThrottle

/// Sends browsers to providers.
struct ProviderStarts: Sendable {
    let settings: PortalSettings
    let federation: Federation
    let throttle: Throttle
    let outages: Outages
    let audit: AuditLog
    let clock: @Sendable () -> Timestamp

    /// What somebody is sent there for.
    struct Errand: Sendable {
        let gate: any ProviderGate
        var purpose = ProviderStart.Purpose.signIn
        var destination: Destination?
        var prompt: AuthorizationWish.Prompt?
        var maxAge: Duration?
        /// Whose session it is about, beyond a sign-in.
        var session: SessionID?
        /// Who has to come back, to prove it once more.
        var subject: UTF8Text = ""
        var isRepeated = false
    }

    /// Leads to the provider, or to a page that says why not.
    ///
    /// The state, which is the secret of the record, the nonce and the verifier have nothing to do with each other.
    func reply(_ errand: Errand, _ request: PortalRequest) async -> Reply {
        let provider = errand.gate.provider
        let page = ProviderPage(settings: settings, provider: provider, destination: errand.destination)
        let now = clock()
        guard let state = SecretToken.random(), let cookie = request.cookies.preSession ?? SecretToken.random(),
            let browser = errand.session?.octets.octets ?? ProviderStarts.digest(of: cookie)
        else { return Reply(.failed, settings) }
        do throws(StoreError) {
            if let wait = try await throttle.admit(.start, from: request.client, now: now) {
                audit.providerStartThrottled(provider.name, request)
                return page.reply(.tooOften(wait))
            }
        } catch {
            return outages.reply(to: .store(error), "sign-in", request)
        }
        let wish = AuthorizationWish(
            state: state,
            redirectURI: Link(.providerCallback(provider.name), of: settings.address, isAbsolute: true).text,
            prompt: errand.prompt, maxAge: errand.maxAge)
        let begun: AuthorizationRequest
        do throws(ProviderError) { begun = try await errand.gate.start(wish, now: now) } catch {
            audit.providerFailed(
                ProviderFailure(error), error.description, provider.name, errand.purpose, request)
            return page.reply(ProviderPage.Problem(error))
        }
        guard let link = Link(elsewhere: begun.url) else {
            audit.providerFailed(
                .misconfigured, "its authorization_endpoint is no address that a browser can be sent to",
                provider.name, errand.purpose, request)
            return page.reply(.misconfigured)
        }
        do throws(SessionError) {
            guard
                try await federation.starts.remember(
                    state, record(errand, begun.started, browser: browser, now: now), now: now)
            else { return Reply(.failed, settings) }
        } catch {
            return outages.reply(to: .sessions(error), "sign-in", request)
        }
        var reply = Reply(seeOther: link)
        // One cookie serves all tabs; it is given again so that it lasts as long as the record.
        if errand.session == nil { reply.setCookie(settings.cookies.preSession(cookie)) }
        return reply
    }

    private func record(
        _ errand: Errand, _ started: StartedSignIn, browser: [UInt8], now: Timestamp
    ) -> ProviderStart {
        ProviderStart(
            errand.purpose, at: errand.gate.provider.name.text, started, browser: browser,
            destination: UTF8Text(errand.destination?.address.text ?? ""), subject: errand.subject,
            isRepeated: errand.isRepeated, endsAt: now.advanced(by: ProviderStart.lifetime))
    }

    /// What a record knows a browser without a session by; `nil` if OpenSSL refuses.
    static func digest(of cookie: SecretToken) -> [UInt8]? { try? Digest.sha256(cookie.octets) }
}
