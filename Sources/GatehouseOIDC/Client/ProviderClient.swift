package import GatehouseCore
internal import GatehouseCrypto

/// One provider over a network: what it says of itself, its keys, and what may be asked of it.
///
/// Everything that is asked passes one line, with a breaker and a deadline; nothing here holds anything of a person between two
/// calls.
package struct ProviderClient: ProviderGate {
    package let provider: Provider
    let line: ProviderLine
    let metadata: MetadataSource
    let keys: KeySource
    let clock: @Sendable () -> Timestamp

    /// - Parameters:
    ///   - provider: as configured.
    ///   - transport: its network.
    ///   - clock: the wall's, for what is asked when nobody waits.
    ///   - uptime: a clock that is never set; only tests pass one.
    ///   - report: is told what an operator may want to know or count; has to be quick.
    package init(
        _ provider: Provider, over transport: any ProviderTransport, clock: @escaping @Sendable () -> Timestamp,
        uptime: @escaping @Sendable () -> ContinuousClock.Instant = { .now },
        report: @escaping @Sendable (ProviderNotice) -> Void = { _ in }
    ) {
        self.provider = provider
        self.clock = clock
        line = ProviderLine(transport, caFile: provider.network.caFile, uptime: uptime, report: report)
        metadata = MetadataSource(provider, line: line, report: report)
        keys = KeySource(line: line, report: report)
    }

    package func start(_ wish: AuthorizationWish, now: Timestamp) async throws(ProviderError) -> AuthorizationRequest {
        let metadata = try await metadata.metadata(by: line.deadline())
        do throws(CryptoError) {
            // Nothing connects the two, and neither comes from the state.
            guard let nonce = SecretToken(octets: try SystemRandom.octets(32)),
                let verifier = SecretToken(octets: try SystemRandom.octets(32))
            else { throw CryptoError.openSSL(code: 0) }
            let address = AuthorizationAddress(provider: provider, metadata: metadata)
            return AuthorizationRequest(
                url: try address.text(for: wish, nonce: nonce, verifier: verifier),
                started: StartedSignIn(
                    issuer: UTF8Text(provider.issuer), redirectURI: UTF8Text(wish.redirectURI), nonce: nonce,
                    verifier: verifier, maxAge: wish.maxAge, startedAt: now))
        } catch {
            throw .outage(reason: "no sign-in can be started: \(error)")
        }
    }

    package func finish(
        _ answer: AuthorizationAnswer, of started: StartedSignIn, now: Timestamp
    ) async throws(ProviderError) -> ProviderSignIn {
        let deadline = line.deadline()
        let metadata = try await metadata.metadata(by: deadline)
        let code = try answer.code(of: started, at: provider, namesIssuer: metadata.namesIssuerInAnswer)
        // Once: what a second attempt with the same code means is up to the provider, at worst that everything is revoked.
        let tokens = try await redeem(
            [
                ("grant_type", "authorization_code"), ("code", code.string),
                ("redirect_uri", started.redirectURI.string),
                ("code_verifier", started.verifier.text),
            ], metadata, now, by: deadline)
        let question = PersonQuestion(client: self, metadata: metadata, deadline: deadline, now: now)
        return try await question.signIn(
            tokens, as: .signIn(nonce: started.nonce), startedAt: started.startedAt, maxAge: started.maxAge,
            displayName: provider.facts.oddities.contains(.nameOnce) ? answer.user.flatMap(AppleUser.name) : nil)
    }

    /// One call of the token endpoint (RFC 6749, section 3.2).
    func redeem(
        _ parameters: [(name: String, value: String)], _ metadata: ProviderMetadata, _ now: Timestamp,
        by deadline: CallDeadline
    ) async throws(ProviderError) -> TokenAnswer {
        let proof = try ClientProof(provider.client, metadata.tokenAuthentication, now: now)
        let response = try await line.answer(
            to: .init(
                url: metadata.endpoints.token, body: .form(FormText.form(parameters + proof.parameters)),
                headers: [("Accept", "application/json")] + proof.headers, name: "the token endpoint"),
            by: deadline)
        return try TokenAnswer(response, of: provider)
    }

    /// Refreshes what is kept of the provider, if it is time.
    ///
    /// - Returns: how long to wait before the next time.
    @discardableResult
    package func refresh() async -> Duration {
        await metadata.refresh()
        if let address = await metadata.current?.endpoints.keySet { await keys.refresh(at: address) }
        let now = line.uptime()
        let next = [await metadata.next, await keys.next].compactMap { $0 }.min() ?? now
        return max(next - now, MetadataCache.pause)
    }

    /// Keeps metadata and keys at hand, so that no sign-in waits for them; goes on until its task is cancelled.
    package func keepFresh() async {
        while !Task.isCancelled {
            let wait = await refresh()
            guard (try? await Task.sleep(for: wait)) != nil else { return }
        }
    }
}
